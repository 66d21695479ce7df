import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import {
  FaultyFileSystem,
  isMutating,
  sweepCrashes,
  sweepFaults,
  temporaryDirectory,
} from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { FileStorageWriter, scanFile, type Tid } from '../src/index.js';

const io = expect.objectContaining({ code: 'fs.io' });
const internal = expect.objectContaining({ code: 'internal' });
const data = Buffer.from('data');

interface State {
  readonly path: string;
  /** Tids whose `finish` was begun, and those whose `finish` came back. */
  readonly begun: Tid[];
  readonly finished: Tid[];
}

/** A storage with one transaction. */
async function prepare(): Promise<State> {
  const path = join(await temporaryDirectory(), 'Data.fs');
  const writer = await FileStorageWriter.create(nodeFileSystem, path);
  const first = writer.begin({ tid: 1n });
  await first.store(0n, data);
  await first.commit();
  await writer.close();
  return { path, begun: [1n], finished: [1n] };
}

/** Small and large transactions, aborted ones between them. */
async function run(fs: FileSystem, { path, begun, finished }: State): Promise<void> {
  const writer = await FileStorageWriter.open(fs, path);
  try {
    for (const size of [1, 1_500_000, 10]) {
      const dropped = writer.begin();
      await dropped.store(1n, Buffer.alloc(size, 1));
      await dropped.vote();
      await dropped.abort();
      const transaction = writer.begin();
      await transaction.store(1n, Buffer.alloc(size, 2));
      await transaction.delete(0n);
      await transaction.vote();
      begun.push(transaction.tid);
      finished.push(await transaction.finish());
    }
  } finally {
    await writer.close();
  }
}

/** Whole transactions in order: all that were finished, at most one more, nothing else; and a writer can go on. */
async function check({ path, begun, finished }: State): Promise<void> {
  const tids = await readTids(path);
  expect(tids).toEqual(begun.slice(0, tids.length));
  expect(tids.length).toBeGreaterThanOrEqual(finished.length);
  const writer = await FileStorageWriter.open(nodeFileSystem, path, { sync: false });
  await writer.begin().commit();
  await writer.close();
  expect(await readTids(path)).toHaveLength(tids.length + 1);
}

async function readTids(path: string): Promise<Tid[]> {
  const file = await nodeFileSystem.openRead(path);
  try {
    const tids: Tid[] = [];
    const { tail, warnings } = await scanFile(file, {
      visitor: { transactionEnd: ({ tid }) => void tids.push(tid) },
    });
    expect(tail.kind).not.toBe('truncated');
    expect(warnings).toBe(0);
    return tids;
  } finally {
    await file.close();
  }
}

describe('wherever the process dies', () => {
  test('finished transactions stay, unfinished ones are no more than a tail', async () => {
    expect(await sweepCrashes({ prepare, run, check })).toBeGreaterThan(30);
  });
});

describe('whichever call the disk refuses', () => {
  test.each(['EIO', 'ENOSPC'])('finished transactions stay: %s', async (fault) => {
    expect(await sweepFaults({ prepare, run, check, fault })).toBeGreaterThan(15);
  });
});

describe('the two steps', () => {
  test('are one write and a sync, then the status byte and a sync', async () => {
    const { path } = await prepare();
    const fs = new FaultyFileSystem();
    const writer = await FileStorageWriter.open(fs, path);
    const transaction = writer.begin();
    await transaction.store(1n, data);
    await transaction.commit();
    const calls = fs.calls.filter(isMutating).map(({ method, length }) => [method, length]);
    const length = 23 + 42 + 4 + 8;
    expect(calls).toEqual([
      ['write', length],
      ['sync', undefined],
      ['write', 1],
      ['sync', undefined],
    ]);
    await writer.close();
  });
});

describe('a disk that fails', () => {
  async function openFaulty() {
    const { path } = await prepare();
    const fs = new FaultyFileSystem();
    const writer = await FileStorageWriter.open(fs, path);
    const before = await readFile(path);
    const transaction = writer.begin();
    await transaction.store(1n, data);
    return { path, fs, writer, before, transaction };
  }

  test.each(['write', 'sync'] as const)(
    'at the %s of a vote: the transaction is cut off, and the next one can come',
    async (method) => {
      const { path, fs, writer, before, transaction } = await openFaulty();
      fs.fail(method, 'EIO');
      await expect(transaction.vote()).rejects.toThrow(io);
      await expect(transaction.finish()).rejects.toThrow(internal);
      expect(await readFile(path)).toEqual(before);
      await writer.begin().commit();
      await writer.close();
      expect(fs.openFiles).toEqual([]);
    },
  );

  test('when the transaction cannot be cut off either: the writer refuses all work', async () => {
    const { fs, writer, transaction } = await openFaulty();
    fs.fail('sync', 'EIO').fail('truncate', 'EIO');
    await expect(transaction.vote()).rejects.toThrow(io);
    expect(() => writer.begin()).toThrow(internal);
    await writer.close();
  });

  test.each(['write', 'sync'] as const)(
    'at the %s of finish: the writer refuses all work',
    async (method) => {
      const { fs, writer, transaction } = await openFaulty();
      await transaction.vote();
      fs.fail(method, 'EIO');
      await expect(transaction.finish()).rejects.toThrow(io);
      expect(() => writer.begin()).toThrow(internal);
      expect(writer.index.get(0, 1)).toBeUndefined();
      await writer.close();
    },
  );

  test('when a storage is opened: the file is closed again', async () => {
    const { path } = await prepare();
    const fs = new FaultyFileSystem().fail('read', 'EIO', { nth: 2 });
    await expect(FileStorageWriter.open(fs, path)).rejects.toThrow(io);
    expect(fs.openFiles).toEqual([]);
  });
});
