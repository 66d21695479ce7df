import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { FileStorageWriter, HEADER_SIZE, timeToTid } from '../src/index.js';
import { inspect } from './support/inspect.js';

let path: string;
const data = Buffer.from('data');

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'Data.fs');
});

describe('a new storage', () => {
  test('holds nothing but its magic, and is made where nothing is', async () => {
    await (await FileStorageWriter.create(fs, path)).close();
    expect(await readFile(path, 'latin1')).toBe('FS30');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const again = FileStorageWriter.create(fs, path);
    await expect(again).rejects.toThrow(expect.objectContaining({ code: 'fs.exists' }));
  });

  test('can have the old magic and another mode', async () => {
    await (await FileStorageWriter.create(fs, path, { magic: 'FS21', mode: 0o640 })).close();
    expect(await readFile(path, 'latin1')).toBe('FS21');
    expect((await stat(path)).mode & 0o777 & ~process.umask()).toBe(0o640 & ~process.umask());
  });
});

describe('a transaction', () => {
  test('is written whole with status c by the vote, and counts after finish', async () => {
    const writer = await FileStorageWriter.create(fs, path);
    const transaction = writer.begin({
      user: 'üser',
      description: 'd',
      extension: Buffer.from('e'),
      tid: 5n,
    });
    await transaction.store(1n, data);
    expect((await stat(path)).size).toBe(HEADER_SIZE);
    await transaction.vote();
    const voted = await readFile(path);
    expect(String.fromCharCode(voted[HEADER_SIZE + 16] as number)).toBe('c');
    expect((await inspect(path)).found).toMatchObject({ end: HEADER_SIZE, tail: { kind: 'unfinished' } });
    expect(writer.end).toBe(HEADER_SIZE);
    expect(await transaction.finish()).toBe(5n);
    const finished = await readFile(path);
    voted.write(' ', HEADER_SIZE + 16);
    expect(finished).toEqual(voted);
    const { found, records, headers } = await inspect(path);
    expect(found).toMatchObject({ end: writer.end, lastTid: writer.lastTid, warnings: 0, records: 1 });
    expect(headers[0]).toMatchObject({ userLength: 5, descriptionLength: 1, extensionLength: 1 });
    expect(records[0]).toMatchObject({ oid: 1n, tid: 5n, previous: 0, dataLength: 4 });
    await writer.close();
  });

  test('has previous positions and back pointers as ZODB writes them', async () => {
    const writer = await FileStorageWriter.create(fs, path);
    const first = writer.begin({ tid: 1n });
    const one = await first.store(7n, data);
    await first.store(7n, Buffer.from('twice'));
    await first.commit();
    const second = writer.begin({ tid: 2n });
    await second.undoTo(7n, one);
    await second.delete(8n);
    await second.commit();
    const { records } = await inspect(path);
    const [a, b] = records.map(({ position }) => position);
    expect(records.map(({ previous, backPointer }) => [previous, backPointer])).toEqual([
      [0, undefined],
      [0, undefined],
      [b, a],
      [0, 0],
    ]);
    expect(writer.index.get(0, 7)).toBe(records[2]?.position);
    await writer.close();
  });

  test('gets the time of its begin, and never one that is not later than the last', async () => {
    const clock = { now: () => 1e12, monotonic: () => 0, sleep: async () => {} };
    const writer = await FileStorageWriter.create(fs, path, { clock, sync: false });
    const tids = [];
    for (const options of [{}, {}, { timeMs: 2e12 }, { timeMs: 1.5e12 }])
      tids.push(await writer.begin(options).commit());
    const [early, late] = [timeToTid(1e12), timeToTid(2e12)];
    expect(tids).toEqual([early, early + 1n, late, late + 1n]);
    expect(() => writer.begin({ tid: late })).toThrow(expect.objectContaining({ code: 'internal' }));
    await writer.close();
    expect((await inspect(path)).found).toMatchObject({ transactions: 4, warnings: 0 });
  });

  test('larger than its buffer goes to the file as it comes, always as an unfinished tail', async () => {
    const writer = await FileStorageWriter.create(fs, path, { sync: false });
    const sizes = [10, 600_000, 600_000, 3_000_000, 1];
    const transaction = writer.begin();
    let total = 0;
    for (const [i, size] of sizes.entries()) {
      await transaction.store(BigInt(i), Buffer.alloc(size, i));
      total += size;
      const { size: onDisk } = await stat(path);
      expect(total - onDisk).toBeLessThan(2 ** 20);
      if (onDisk > HEADER_SIZE) expect((await inspect(path)).found.tail.kind).toBe('unfinished');
    }
    await transaction.commit();
    const { found, records } = await inspect(path);
    expect(records.map(({ dataLength }) => dataLength)).toEqual(sizes);
    expect(found).toMatchObject({ end: writer.end, warnings: 0, tail: { kind: 'none' } });
    await writer.close();
  });

  test('that is aborted leaves nothing, voted or not, small or large', async () => {
    const writer = await FileStorageWriter.create(fs, path, { sync: false });
    for (const size of [1, 2_000_000]) {
      const active = writer.begin();
      await active.store(1n, Buffer.alloc(size, 1));
      await active.abort();
      const voted = writer.begin();
      await voted.store(1n, Buffer.alloc(size, 1));
      await voted.vote();
      await voted.abort();
      await voted.abort();
      expect(await readFile(path, 'latin1')).toBe('FS30');
    }
    expect(writer.index.size).toBe(0);
    await writer.begin().store(1n, data);
    await writer.close();
    expect(await readFile(path, 'latin1')).toBe('FS30');
  });

  test('can be packed or undone; an undone one changes no index', async () => {
    const writer = await FileStorageWriter.create(fs, path, { sync: false });
    for (const status of ['packed', 'undone'] as const) {
      const transaction = writer.begin({ status });
      await transaction.store(status === 'packed' ? 1n : 2n, data);
      await transaction.commit();
    }
    const { headers } = await inspect(path);
    expect(headers.map(({ status }) => status)).toEqual(['packed', 'undone']);
    expect([writer.index.get(0, 1), writer.index.get(0, 2)]).toEqual([HEADER_SIZE + 23, undefined]);
    await writer.close();
  });
});

describe('misuse', () => {
  const internal = expect.objectContaining({ code: 'internal' });

  test('of a transaction is refused', async () => {
    const writer = await FileStorageWriter.create(fs, path, { sync: false });
    const transaction = writer.begin();
    expect(() => writer.begin()).toThrow(internal);
    await expect(transaction.finish()).rejects.toThrow(internal);
    await expect(transaction.store(1n, Buffer.alloc(0))).rejects.toThrow(internal);
    await expect(transaction.undoTo(1n, HEADER_SIZE)).rejects.toThrow(internal);
    await transaction.store(1n, data);
    await transaction.commit();
    for (const call of [() => transaction.vote(), () => transaction.finish(), () => transaction.delete(1n)])
      await expect(call()).rejects.toThrow(internal);
    await transaction.abort();
    expect((await inspect(path)).found.transactions).toBe(1);
    const other = writer.begin();
    await expect(other.undoTo(2n, HEADER_SIZE + 23)).rejects.toThrow(internal);
    await other.abort();
    expect(() => writer.begin({ user: 'x'.repeat(65_536) })).toThrow(internal);
    await writer.begin({ user: 'x'.repeat(65_535) }).commit();
    await writer.close();
  });
});
