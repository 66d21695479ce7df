import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { describe, expect, test } from 'vitest';
import { checkStorage, PROBLEM_TEXT, type ProblemKind } from '../src/index.js';
import { currentName, NO_TID, revisionName, transactionName } from '../src/names.js';
import { encodeObjectFile } from '../src/object-file.js';
import { encodeTransactionFile } from '../src/transaction-file.js';
import { type BuiltStorage, buildStorage, oidOf, recordOf, tidOf } from './support/build-storage.js';

const engine = { fs: nodeFileSystem, clock: systemClock };

const OLD = tidOf(0);
const MIDDLE = tidOf(1);
const NEW = tidOf(2);
const ALL = [0, 1, 2, 3, 4, 5].map(oidOf);
const ONE = oidOf(1);

/** Writes over some bytes of a file of the database. */
async function patch(storage: BuiltStorage, name: string, offset: number, hex: string): Promise<void> {
  const bytes = await readFile(storage.file(name));
  bytes.write(hex, offset, 'hex');
  await writeFile(storage.file(name), bytes);
}

async function cut(storage: BuiltStorage, name: string, length: number): Promise<void> {
  await writeFile(storage.file(name), (await readFile(storage.file(name))).subarray(0, length));
}

const object = revisionName(ONE, NEW);
const transaction = transactionName(NEW);
const rewrite = (storage: BuiltStorage, fields: Partial<Parameters<typeof encodeObjectFile>[0]>) =>
  storage.write(
    object,
    encodeObjectFile({ oid: ONE, tid: NEW, previous: MIDDLE, data: recordOf([]), ...fields }),
  );
const rewriteTransaction = (
  storage: BuiltStorage,
  fields: Partial<Parameters<typeof encodeTransactionFile>[0]>,
) => storage.write(transaction, encodeTransactionFile({ tid: NEW, previous: MIDDLE, oids: ALL, ...fields }));
const packedAt = (storage: BuiltStorage, tid: string) => storage.write('x.packed', Buffer.from(tid, 'hex'));

interface Planted {
  readonly kind: ProblemKind;
  readonly what: string;
  readonly plant: (storage: BuiltStorage) => Promise<unknown>;
}

const planted = (kind: ProblemKind, what: string, plant: Planted['plant']): Planted => ({
  kind,
  what,
  plant,
});

/** Each kind of damage; the check may find more, but it must find this. */
const DAMAGE: readonly Planted[] = [
  planted('root-missing', 'x.serial is gone', (s) => rm(s.file('x.serial'))),
  planted('root-length', 'x.oid is cut', (s) => cut(s, 'x.oid', 7)),
  planted('future-serial', 'x.serial is of the next century', (s) => patch(s, 'x.serial', 0, '05F0')),
  planted('future-pack', 'x.packed is of the next century', (s) => patch(s, 'x.packed', 0, '05F0')),
  planted('unreadable', 'a link stands for an object file', async (s) => {
    await rename(s.file(object), `${s.directory}/elsewhere`);
    await symlink(`${s.directory}/elsewhere`, s.file(object));
  }),
  planted('not-a-file', 'a link stands for a directory', async (s) => {
    await rename(`${s.directory}/A/o000`, `${s.directory}/elsewhere`);
    await symlink(`${s.directory}/elsewhere`, `${s.directory}/A/o000`);
  }),
  planted('history-broken', 'a transaction is gone', (s) => rm(s.file(transactionName(MIDDLE)))),
  planted('transaction-short', 'a transaction is empty', (s) => cut(s, transaction, 0)),
  planted('transaction-magic', 'a transaction has another magic', (s) => patch(s, transaction, 0, '00')),
  planted('transaction-tid', 'a transaction has another tid', (s) => patch(s, transaction, 15, 'FF')),
  planted('transaction-length', 'a transaction is cut', (s) => cut(s, transaction, 70)),
  planted('transaction-reserved', 'a transaction has reserved bytes', (s) => patch(s, transaction, 20, '01')),
  planted('transaction-md5', 'a byte of a transaction is flipped', (s) => patch(s, transaction, 65, 'FF')),
  planted('transaction-blocks', 'the lengths of a transaction are nonsense', async (s) => {
    await patch(s, transaction, 32, '00'.repeat(16));
    await patch(s, transaction, 54, 'FFFFFFFF');
  }),
  planted('transaction-pointer', 'a transaction comes after itself', (s) =>
    rewriteTransaction(s, { previous: NEW }),
  ),
  planted('transaction-unlinked', 'a transaction is skipped', (s) =>
    rewriteTransaction(s, { previous: OLD }),
  ),
  planted('revision-transaction-unlinked', 'a transaction is skipped', (s) =>
    rewriteTransaction(s, { previous: OLD }),
  ),
  planted('revision-transaction-missing', 'a transaction is skipped and gone', async (s) => {
    await rewriteTransaction(s, { previous: OLD });
    await rm(s.file(transactionName(MIDDLE)));
  }),
  planted('transaction-without-revision', 'an object is gone with all its files', async (s) => {
    for (const tid of s.tids) await rm(s.file(revisionName(ONE, tid)));
    await rm(s.file(currentName(ONE)));
  }),
  planted('revision-not-in-transaction', 'a transaction forgot an oid', (s) =>
    rewriteTransaction(s, { oids: ALL.slice(1) }),
  ),
  planted('dangling-reference', 'an object is gone with all its files', async (s) => {
    for (const tid of s.tids) await rm(s.file(revisionName(ONE, tid)));
    await rm(s.file(currentName(ONE)));
  }),
  planted('dangling-reference', 'the root is gone', (s) => rm(s.file(currentName(oidOf(0))))),
  planted('current-length', 'a current file is cut', (s) => cut(s, currentName(ONE), 5)),
  planted('current-magic', 'a current file of the old form has no magic', (s) =>
    s.write(currentName(ONE), Buffer.from(`00000000${NEW}`, 'hex')),
  ),
  planted('current-missing', 'a current file is gone', (s) => rm(s.file(currentName(ONE)))),
  planted('revision-missing', 'the current revision is gone', (s) => rm(s.file(object))),
  planted('revision-missing', 'an older revision is gone', (s) => rm(s.file(revisionName(ONE, OLD)))),
  planted('revision-unlinked', 'a current file was not written', (s) =>
    s.write(currentName(ONE), Buffer.from(MIDDLE, 'hex')),
  ),
  planted('revision-unlinked', 'a revision is skipped', (s) => rewrite(s, { previous: OLD })),
  planted('object-short', 'an object file is empty', (s) => cut(s, object, 0)),
  planted('object-magic', 'an object file has another magic', (s) => patch(s, object, 3, '00')),
  planted('object-length', 'an object file is cut', (s) => cut(s, object, 90)),
  planted('object-oid', 'an object file has another oid', (s) => patch(s, object, 15, '07')),
  planted('object-undo-pointer', 'an object file is copied from itself', (s) =>
    rewrite(s, { undoneFrom: NEW }),
  ),
  planted('object-reserved', 'an object file has reserved bytes', (s) => patch(s, object, 30, '01')),
  planted('object-md5', 'a byte of an object is flipped', (s) => patch(s, object, 80, 'FF')),
  planted('object-serial', 'an object file has another serial', async (s) => {
    await storageWithoutChecksum(s);
    await patch(s, object, 71, 'FF');
  }),
  planted('revision-pointer', 'an object file comes after itself', (s) => rewrite(s, { previous: NEW })),
  planted('bad-pickle', 'data are cut', (s) => rewrite(s, { data: recordOf([]).subarray(0, -1) })),
  planted('bad-old-pickle', 'data of an old revision are cut', (s) =>
    s.write(
      revisionName(ONE, OLD),
      encodeObjectFile({ oid: ONE, tid: OLD, previous: NO_TID, data: Buffer.from('garbage!') }),
    ),
  ),
  planted('serial-beyond-last', 'x.serial is an older one', (s) =>
    s.write('x.serial', Buffer.from(MIDDLE, 'hex')),
  ),
  planted('oid-beyond-last', 'x.oid is an older one', (s) => patch(s, 'x.oid', 7, '03')),
];

const storageWithoutChecksum = (storage: BuiltStorage) => rewrite(storage, { checksum: false });

describe('a check finds', () => {
  test.each(DAMAGE)('$kind: $what', async ({ kind, plant }) => {
    const storage = await buildStorage();
    await plant(storage);
    const report = await checkStorage(engine, storage.directory);
    expect(report.sound).toBe(false);
    expect(Object.keys(report.counts)).toContain(kind);
    expect(report.problems.every(({ path }) => path.startsWith('A/'))).toBe(true);
    expect(Object.values(report.counts).reduce((sum, count) => sum + count, 0)).toBe(report.problemCount);
  });

  test('each kind in one of these', () => {
    const kinds = new Set(DAMAGE.map(({ kind }) => kind));
    expect(Object.keys(PROBLEM_TEXT).filter((kind) => !kinds.has(kind as ProblemKind))).toEqual([]);
  });

  test('one problem where one thing is wrong, and where', async () => {
    const storage = await buildStorage({ format: 'bushy' });
    await patch(storage, object, 80, 'FF');
    const { problems } = await checkStorage(engine, storage.directory);
    expect(problems).toEqual([
      { kind: 'object-md5', path: storage.file(object).slice(storage.directory.length + 1) },
    ]);
  });

  test('who refers to what is not there', async () => {
    const storage = await buildStorage({ transactions: 1 });
    await rm(storage.file(currentName(ONE)));
    const { problems } = await checkStorage(engine, storage.directory);
    expect(problems.find(({ kind }) => kind === 'dangling-reference')?.detail).toContain(
      storage.file(currentName(oidOf(0))).slice(storage.directory.length + 1),
    );
  });
});

describe('a check passes over', () => {
  const sound = async (storage: BuiltStorage) => {
    const report = await checkStorage(engine, storage.directory);
    expect(report.problems).toEqual([]);
    return report.statistics;
  };

  test('history that a pack removed', async () => {
    const storage = await buildStorage();
    await packedAt(storage, NEW);
    for (const oid of ALL) await rm(storage.file(revisionName(oid, OLD)));
    await rm(storage.file(transactionName(OLD)));
    expect(await sound(storage)).toMatchObject({ transactions: 2, revisions: 12, leftovers: 0 });
  });

  test('what an interrupted pack left, and counts it', async () => {
    const storage = await buildStorage();
    await packedAt(storage, NEW);
    await rm(storage.file(revisionName(ONE, MIDDLE)));
    await rm(storage.file(transactionName(OLD)));
    const older = { tid: tidOf(-1), previous: NO_TID, oids: [] };
    await storage.write(transactionName(older.tid), encodeTransactionFile(older));
    expect(await sound(storage)).toMatchObject({ leftovers: 2, revisionsWithoutTransaction: 5 });
  });

  test('objects that nothing refers to, and what these refer to', async () => {
    const storage = await buildStorage({ transactions: 1 });
    const garbage = oidOf(6);
    const data = recordOf([oidOf(9), ONE]);
    await storage.write(
      revisionName(garbage, OLD),
      encodeObjectFile({ oid: garbage, tid: OLD, previous: NO_TID, data }),
    );
    await storage.write(currentName(garbage), Buffer.from(OLD, 'hex'));
    await storage.write(
      transactionName(OLD),
      encodeTransactionFile({ tid: OLD, previous: NO_TID, oids: [...ALL, garbage] }),
    );
    await storage.write('x.oid', Buffer.from(oidOf(9), 'hex'));
    expect(await sound(storage)).toMatchObject({ objects: 6, unreachableObjects: 1, danglingInGarbage: 1 });
  });

  test('deleted files, marks and foreign files, and counts them', async () => {
    const storage = await buildStorage({ format: 'lawn' });
    const beside = async (name: string) => {
      await mkdir(dirname(storage.file(object)), { recursive: true });
      await writeFile(join(dirname(storage.file(object)), name), '');
    };
    await beside('c-1700000000-deleted');
    await beside('c.mark');
    await beside('notes.txt');
    await beside('c.bak');
    expect(await sound(storage)).toMatchObject({ deletedFiles: 1, marks: 1, foreignFiles: 2 });
  });

  test('an object whose creation was undone, and files of the old form without checksums', async () => {
    const storage = await buildStorage();
    await rewrite(storage, { data: Buffer.alloc(0), checksum: false });
    await storage.write(currentName(oidOf(2)), Buffer.from(`0BFEE8EC${NEW}`, 'hex'));
    expect(await sound(storage)).toMatchObject({
      undoneObjects: 1,
      oldCurrentFiles: 1,
      filesWithoutChecksum: 1,
    });
  });

  test('a missing x.packed, and a storage without any transaction', async () => {
    const storage = await buildStorage();
    await rm(storage.file('x.packed'));
    await sound(storage);
    expect(await sound(await buildStorage({ objects: 0, transactions: 0 }))).toMatchObject({ objects: 0 });
  });
});

describe('a Minimal storage', () => {
  test('is checked too', async () => {
    const storage = await buildStorage({ classname: 'Minimal', format: 'bushy' });
    expect(await checkStorage(engine, storage.directory)).toMatchObject({
      sound: true,
      statistics: { objects: 6, revisions: 6, foreignFiles: 0 },
    });
  });

  test('and its damage found', async () => {
    const storage = await buildStorage({ classname: 'Minimal' });
    await rm(storage.file(`o${ONE}`));
    await patch(storage, `o${oidOf(2)}`, 80, 'FF');
    const { counts } = await checkStorage(engine, storage.directory);
    expect(counts).toEqual({ 'dangling-reference': 1, 'object-md5': 1 });
  });
});

test('of more problems than anybody reads, the first are told and all are counted', async () => {
  const storage = await buildStorage({ objects: 1100, transactions: 1 });
  for (let number = 1; number < 1100; number++) await rm(storage.file(currentName(oidOf(number))));
  const report = await checkStorage(engine, storage.directory);
  expect(report.problems).toHaveLength(1000);
  expect(report.counts).toMatchObject({ 'dangling-reference': 1099, 'current-missing': 1099 });
});
