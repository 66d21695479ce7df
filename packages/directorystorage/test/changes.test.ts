import { rm } from 'node:fs/promises';
import { nodeBulkReads, nodeFileSystem } from '@holdfast/durable-fs';
import { describe, expect, test } from 'vitest';
import { changedFiles, FORMATS, openStorage } from '../src/index.js';
import { currentName, NO_TID, revisionName, transactionName } from '../src/names.js';
import { type BuiltStorage, buildStorage, oidOf, tidOf } from './support/build-storage.js';
import { grow } from './support/grow-storage.js';

async function changes({ directory }: BuiltStorage, since: string): Promise<readonly string[]> {
  return [...changedFiles(nodeBulkReads(), await openStorage(nodeFileSystem, directory), since)];
}

describe.each(FORMATS)('what is new in a %s storage', (format) => {
  test('is the two root files, then each transaction, newest first, with what it wrote', async () => {
    const storage = await buildStorage({ format });
    const third = await grow(storage, 3, [1, 2]);
    const fourth = await grow(storage, 4, [2, 3]);
    const below = (name: string) => storage.file(name).slice(storage.directory.length + 1);
    const [one, two, three] = [1, 2, 3].map(oidOf) as [string, string, string];
    expect(await changes(storage, tidOf(2))).toEqual(
      [
        'x.serial',
        'x.oid',
        transactionName(fourth),
        currentName(two),
        revisionName(two, fourth),
        currentName(three),
        revisionName(three, fourth),
        transactionName(third),
        currentName(one),
        revisionName(one, third),
        revisionName(two, third),
      ].map(below),
    );
  });
});

describe('what is new', () => {
  test('is nothing since the last transaction, and everything since the beginning', async () => {
    const storage = await buildStorage();
    expect(await changes(storage, tidOf(2))).toEqual([]);
    expect((await changes(storage, NO_TID)).length).toBe(2 + 3 * (1 + 6) + 6);
  });

  test('cannot be told for a moment that is later than the storage, or that was packed away', async () => {
    const storage = await buildStorage();
    const code = 'directorystorage.reference';
    await expect(changes(storage, tidOf(3))).rejects.toMatchObject({ code });
    await storage.write('x.packed', Buffer.from(tidOf(1), 'hex'));
    await expect(changes(storage, tidOf(0))).rejects.toMatchObject({ code });
    expect((await changes(storage, tidOf(1))).length).toBeGreaterThan(2);
  });

  test('cannot be told of a Minimal storage', async () => {
    const storage = await buildStorage({ classname: 'Minimal' });
    await expect(changes(storage, NO_TID)).rejects.toMatchObject({ code: 'directorystorage.unsupported' });
  });

  test('is an error where a transaction is missing', async () => {
    const storage = await buildStorage();
    await rm(storage.file(transactionName(tidOf(1))));
    await expect(changes(storage, NO_TID)).rejects.toMatchObject({
      code: 'directorystorage.damaged',
      message: expect.stringContaining('is missing'),
    });
  });
});
