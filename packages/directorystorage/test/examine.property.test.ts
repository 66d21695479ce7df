import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { nodeBulkReads, nodeFileSystem } from '@holdfast/durable-fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Findings } from '../src/check/findings.js';
import { FallingIds, halves, idOf } from '../src/check/id-list.js';
import { ObjectChecker } from '../src/check/object-check.js';
import { PairSum } from '../src/check/pair-sum.js';
import { ReadAhead, type ReadyObjects } from '../src/check/read-ahead.js';
import { StorageFiles } from '../src/check/storage-files.js';
import { FORMATS, type Format, openStorage, type StorageDirectory } from '../src/index.js';
import { currentName, revisionName } from '../src/names.js';
import { encodeObjectFile } from '../src/object-file.js';
import { type BuiltStorage, buildStorage, oidOf, recordOf, tidOf } from './support/build-storage.js';

interface Limits {
  readonly lastPack?: string;
  readonly serial?: string;
  readonly lastOid?: string;
}

interface Seen {
  readonly references: string[];
  readonly findings: Findings;
  readonly linked: number;
}

const open = ({ directory }: BuiltStorage) => openStorage(nodeFileSystem, directory);

function checkerOf(opened: StorageDirectory, limits: Limits) {
  const findings = new Findings();
  const files = new StorageFiles(nodeBulkReads(), opened, findings);
  const history = { transactions: new FallingIds(), complete: false, recentPairs: new PairSum() };
  const expectations = { serial: tidOf(2), lastOid: oidOf(9), lastPack: oidOf(0), history, ...limits };
  const checker = new ObjectChecker(files, findings, expectations);
  return { checker, findings, references: [] as string[] };
}

function checkFast(storage: StorageDirectory, oid: string, limits: Limits): Seen {
  const { checker, findings, references } = checkerOf(storage, limits);
  const { high, low } = halves(oid);
  checker.check(high, low, (...to) => references.push(idOf(...to)));
  return { references, findings, linked: checker.linkedRevisions };
}

function checkClosely(storage: StorageDirectory, oid: string, limits: Limits): Seen {
  const { checker, findings, references } = checkerOf(storage, limits);
  checker.checkClosely(oid, (...to) => references.push(idOf(...to)));
  return { references, findings, linked: checker.linkedRevisions };
}

async function inThread(storage: BuiltStorage, oids: readonly string[], limits: Limits = {}) {
  const { checker, findings, references } = checkerOf(await open(storage), limits);
  const threads = new ReadAhead(1, checker.task);
  try {
    const rest = oids.map((oid) => ({ ...halves(oid), referrer: undefined }));
    threads.give(() => rest.shift(), rest.length);
    let ready: ReadyObjects | undefined;
    for (ready = threads.ready(); ready === undefined; ready = threads.ready())
      await new Promise((resolve) => setTimeout(resolve, 1));
    let at = 0;
    let sound = 0;
    for (const { high, low } of ready.objects) {
      if (ready.found[at] === 0) at += 1;
      else {
        sound += 1;
        at = checker.accept(high, low, ready.found, at, (...to) => references.push(idOf(...to)));
      }
    }
    return { references, findings, linked: checker.linkedRevisions, sound };
  } finally {
    await threads.close();
  }
}

const ONE = oidOf(1);
const NAMES = [currentName(ONE), ...[0, 1, 2].map((number) => revisionName(ONE, tidOf(number)))];

/** Something that goes wrong in one file, or does not. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('remove' as const) }),
  fc.record({ kind: fc.constant('none' as const) }),
);

const limits = fc.record({
  lastPack: fc.constantFrom(oidOf(0), tidOf(1), tidOf(3)),
  serial: fc.constantFrom(tidOf(2), tidOf(1)),
  lastOid: fc.constantFrom(oidOf(9), oidOf(0)),
});

test('the fast look and the close one come to the same, whatever is changed', async () => {
  const storage = await buildStorage({ objects: 3, format: 'flat' });
  for (const [number, name] of NAMES.slice(1).entries()) {
    const previous = number === 0 ? oidOf(0) : tidOf(number - 1);
    const data = recordOf([oidOf(2), oidOf(number)]);
    // Half of them without a checksum: damage reaches what is behind it.
    const file = { oid: ONE, tid: tidOf(number), previous, data, checksum: number === 1 };
    await storage.write(name, encodeObjectFile(file));
  }
  const opened = await open(storage);
  let sound = 0;
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), change, limits, (name, how, held) => {
      const good = readFileSync(storage.file(name));
      const bad = Buffer.from(good);
      if (how.kind === 'flip') bad[how.at % bad.length]! ^= how.by;
      if (how.kind === 'remove') rmSync(storage.file(name));
      else writeFileSync(storage.file(name), how.kind === 'cut' ? bad.subarray(0, how.at % bad.length) : bad);
      const fast = checkFast(opened, ONE, held);
      const close = checkClosely(opened, ONE, held);
      writeFileSync(storage.file(name), good);
      expect(fast).toEqual(close);
      if (close.findings.problemCount === 0) sound += 1;
    }),
    { numRuns: 600 },
  );
  expect(sound).toBeGreaterThan(50);
});

describe('a thread finds sound', () => {
  const ALL = [0, 1, 2, 3, 4, 5].map(oidOf);

  test.each(FORMATS)('all objects of a sound storage, %s', async (format: Format) => {
    const storage = await buildStorage({ format });
    const seen = await inThread(storage, ALL);
    expect(seen).toMatchObject({ sound: 6, linked: 18 });
    expect(seen.references).toEqual(
      ALL.map(() => ALL.slice(1))
        .slice(0, 3)
        .flat(),
    );
    expect(seen.findings.statistics).toMatchObject({ revisions: 18 });
  });

  test('records that are compressed, have no checksum, were undone, or whose older revisions a pack removed', async () => {
    const storage = await buildStorage();
    const previous = tidOf(1);
    const compressed = Buffer.concat([Buffer.from('.z'), deflateSync(recordOf([ONE, oidOf(5)]))]);
    const rewrite = (oid: string, fields: object) =>
      storage.write(
        revisionName(oid, tidOf(2)),
        encodeObjectFile({ oid, tid: tidOf(2), previous, data: compressed, ...fields }),
      );
    await rewrite(oidOf(1), {});
    await rewrite(oidOf(2), { checksum: false });
    await rewrite(oidOf(3), { data: Buffer.alloc(0) });
    await storage.write(currentName(oidOf(4)), Buffer.from(`0BFEE8EC${tidOf(2)}`, 'hex'));
    for (const oid of ALL) await rm(storage.file(revisionName(oid, tidOf(0))));
    const seen = await inThread(storage, ALL.slice(1), { lastPack: tidOf(1) });
    expect(seen).toMatchObject({ sound: 5, linked: 10, references: [ONE, oidOf(5), ONE, oidOf(5)] });
    expect(seen.findings.statistics).toMatchObject({
      oldCurrentFiles: 1,
      undoneObjects: 1,
      filesWithoutChecksum: 1,
    });
    expect((await inThread(storage, ALL, { lastPack: tidOf(0) })).sound).toBe(0);
  });
});

test('what finds no room for all its references is left to a closer look, and what follows is not', async () => {
  const many = Array.from({ length: 80_000 }, (_, number) => oidOf(number));
  const storage = await buildStorage({ objects: 4, transactions: 1 });
  const tid = tidOf(0);
  await storage.write(
    revisionName(ONE, tid),
    encodeObjectFile({ oid: ONE, tid, previous: oidOf(0), data: recordOf(many) }),
  );
  const seen = await inThread(storage, [0, 1, 2, 3].map(oidOf), { serial: tid });
  expect(seen).toMatchObject({ sound: 3, linked: 3, references: [1, 2, 3].map(oidOf) });
  const closer = checkFast(await open(storage), ONE, { serial: tid });
  expect(closer.references).toEqual(many);
});
