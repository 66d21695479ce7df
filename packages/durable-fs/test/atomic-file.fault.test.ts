import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FaultyFileSystem,
  SimulatedCrash,
  sweepCrashes,
  sweepFaults,
  temporaryDirectory,
} from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { isTemporaryName, nodeFileSystem, publishFile, removeLeftovers } from '../src/index.js';

const CODES = { EIO: 'fs.io', ENOSPC: 'fs.no-space', EDQUOT: 'fs.no-space', EROFS: 'fs.read-only' } as const;
const faults = Object.keys(CODES) as (keyof typeof CODES)[];

async function empty(): Promise<string> {
  return temporaryDirectory();
}

async function withOld(): Promise<string> {
  const directory = await temporaryDirectory();
  writeFileSync(join(directory, 'file'), 'old');
  return directory;
}

const publish = (fs: FaultyFileSystem, directory: string) => publishFile(fs, join(directory, 'file'), 'new');
const replace = (fs: FaultyFileSystem, directory: string) =>
  publishFile(fs, join(directory, 'file'), 'new', { replace: true });

const names = (directory: string) => readdirSync(directory).filter((name) => !isTemporaryName(name));
const temporaries = (directory: string) => readdirSync(directory).filter(isTemporaryName);

describe.each(faults)('%s', (fault) => {
  test.each(['create', 'write', 'chmod', 'sync', 'fstat'] as const)(
    'at %s: an error, nothing published, nothing left',
    async (method) => {
      const directory = await empty();
      const fs = new FaultyFileSystem().fail(method, fault);
      await expect(publish(fs, directory)).rejects.toMatchObject({ code: CODES[fault] });
      expect(readdirSync(directory)).toEqual([]);
      expect(fs.openFiles).toEqual([]);
    },
  );

  test('at any call that changes the disk: an error, the new file or none, nothing left', async () => {
    const swept = await sweepFaults({
      prepare: empty,
      run: publish,
      fault,
      check: async (directory, { error }) => {
        expect(error).toMatchObject({ code: CODES[fault] });
        expect(temporaries(directory)).toEqual([]);
        for (const name of names(directory)) expect(readFileSync(join(directory, name), 'utf8')).toBe('new');
      },
    });
    expect(swept).toBe(7);
  });

  test('at any call while a file is replaced: an error, the old file or the new one, nothing left', async () => {
    const swept = await sweepFaults({
      prepare: withOld,
      run: replace,
      fault,
      check: async (directory, { error }) => {
        expect(error).toMatchObject({ code: CODES[fault] });
        expect(readdirSync(directory)).toEqual(['file']);
        expect(['old', 'new']).toContain(readFileSync(join(directory, 'file'), 'utf8'));
      },
    });
    expect(swept).toBe(6);
  });
});

test('after a failed sync the file is thrown away, not synced again', async () => {
  const fs = new FaultyFileSystem().fail('sync', 'EIO');
  const directory = await empty();
  await expect(publish(fs, directory)).rejects.toMatchObject({ code: 'fs.io' });
  expect(fs.calls.filter(({ method }) => method === 'sync').length).toBe(1);
  expect(existsSync(join(directory, 'file'))).toBe(false);
});

test('a disk that fills half-way leaves nothing', async () => {
  const fs = new FaultyFileSystem().shortWrite(1).fail('write', 'ENOSPC', { nth: 2 });
  const directory = await empty();
  await expect(publish(fs, directory)).rejects.toMatchObject({ code: 'fs.no-space' });
  expect(readdirSync(directory)).toEqual([]);
});

describe('EIO at close', () => {
  test('is an error', async () => {
    const fs = new FaultyFileSystem().fail('close', 'EIO');
    const directory = await empty();
    await expect(publish(fs, directory)).rejects.toMatchObject({ code: 'fs.io' });
    expect(temporaries(directory)).toEqual([]);
    expect(fs.openFiles).toEqual([]);
  });

  // Known: the file is closed by dispose, after it was published (atomic-file.ts).
  test('publishes nothing', async () => {
    const fs = new FaultyFileSystem().fail('close', 'EIO');
    const directory = await empty();
    await publish(fs, directory).catch(() => {});
    expect(names(directory)).toEqual([]);
  });

  // Known: dispose gives up when the close fails, before it removes the temporary file (atomic-file.ts).
  test('after another error leaves nothing, and the first error is the one that is told', async () => {
    const fs = new FaultyFileSystem().fail('write', 'ENOSPC').fail('close', 'EIO');
    const directory = await empty();
    await expect(publish(fs, directory)).rejects.toMatchObject({ code: 'fs.no-space' });
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a crash at any point', () => {
  test('of publishing leaves no file or the whole one, and leftovers that are known', async () => {
    const crashes = await sweepCrashes({
      prepare: empty,
      run: publish,
      check: async (directory) => {
        await removeLeftovers(nodeFileSystem, directory);
        for (const name of readdirSync(directory)) {
          expect(name).toBe('file');
          expect(readFileSync(join(directory, name), 'utf8')).toBe('new');
        }
      },
    });
    expect(crashes).toBe(14);
  });

  test('of replacing leaves the old file or the new one', async () => {
    await sweepCrashes({
      prepare: withOld,
      run: replace,
      check: async (directory) => {
        await removeLeftovers(nodeFileSystem, directory);
        expect(readdirSync(directory)).toEqual(['file']);
        expect(['old', 'new']).toContain(readFileSync(join(directory, 'file'), 'utf8'));
      },
    });
  });

  test('is told as a crash, so that no handler of errors takes it for one', async () => {
    const fs = new FaultyFileSystem().crashBefore('sync');
    await expect(publish(fs, await empty())).rejects.toThrow(SimulatedCrash);
  });
});
