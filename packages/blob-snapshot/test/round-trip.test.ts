import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobReferences } from '@holdfast/filestorage';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { entriesOf } from '../src/entries.js';
import { listBlobBackups } from '../src/location.js';
import { checkPair } from '../src/pair.js';
import { prepareBlobs } from '../src/prepare.js';
import { removeBlobBackups } from '../src/remove.js';
import type { BlobBackupRequest, BlobStyle } from '../src/request.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { verifyBlobs } from '../src/verify-blobs.js';
import { harm } from './support/harm.js';
import { engine, STAMPS, sampleReference, treeOf, writeBlobs } from './support/scene.js';

const STYLES: readonly (readonly [string, BlobStyle, readonly string[]])[] = [
  ['trees', { kind: 'tree', rotated: false }, ['tree', 'tree', 'tree']],
  ['rotated trees', { kind: 'tree', rotated: true }, ['tree', 'tree', 'tree']],
  ['a shared tree', { kind: 'pool' }, ['tree', 'pool', 'pool']],
  [
    'archives',
    { kind: 'archive', rotated: false, gzip: false, incremental: false },
    ['archive', 'archive', 'archive'],
  ],
  [
    'rotated archives',
    { kind: 'archive', rotated: true, gzip: true, incremental: false },
    ['archive', 'archive', 'archive'],
  ],
  [
    'archives with increments',
    { kind: 'archive', rotated: false, gzip: true, incremental: true },
    ['archive', 'delta', 'delta'],
  ],
];

async function backUp(request: BlobBackupRequest): Promise<void> {
  await using prepared = await prepareBlobs(engine, request);
  await prepared.publish();
}

/** Three backups of a source that grows, log-driven where the style can. */
async function threeBackups(style: BlobStyle) {
  const root = await temporaryDirectory();
  const [source, location] = [join(root, 'blobstorage'), join(root, 'backups')];
  const states: Record<string, string>[] = [];
  for (const [n, stamp] of STAMPS.entries()) {
    writeBlobs(source, [n, n + 10, n + 20]);
    const made = [n, n + 10, n + 20].map(sampleReference);
    const changes = n === 0 ? undefined : { since: { stamp: STAMPS[n - 1]!, end: 100 * n }, made };
    mkdirSync(join(source, 'tmp'), { recursive: true });
    writeFileSync(join(source, 'tmp', 'BLOB.tmp'), 'scratch');
    await backUp({ source, location, stamp, style, data: { end: 100 * (n + 1), tid: undefined }, changes });
    rmSync(join(source, 'tmp'), { recursive: true });
    states.push(treeOf(source));
  }
  return { root, source, location, states, listed: await listBlobBackups(engine, location) };
}

describe.each(STYLES)('%s', (_, style, kinds) => {
  test('are listed, sound, a pair with the Data.fs, and restored as they were', async () => {
    const { root, states, location, listed } = await threeBackups(style);
    expect(listed.backups.map(({ kind }) => kind)).toEqual(kinds);
    expect(listed.backups.map(({ stamp }) => stamp)).toEqual([...STAMPS]);
    expect([...listed.foreign, ...listed.partial, ...listed.orphans, ...listed.damaged]).toEqual([]);
    for (const [n, backup] of listed.backups.entries()) {
      for (const level of ['quick', 'stored', 'deep'] as const) {
        const report = await verifyBlobs(engine, { backup, level });
        expect(report).toMatchObject({ sound: true, problems: { items: [] }, files: 3 * (n + 1) + 1 });
        if (level === 'deep') expect(report.compared).toBeGreaterThan(3);
      }
      const numbers = [...Array(n + 1).keys()].flatMap((k) => [k, k + 10, k + 20]);
      const pair = await checkPair(
        BlobReferences.of(numbers.map(sampleReference)),
        entriesOf(engine, backup),
      );
      expect(pair).toMatchObject({ fits: true, orphans: { count: 0 }, references: numbers.length });
      const target = join(root, `target-${n}`);
      const result = await restoreBlobs(engine, { backup, target });
      expect(treeOf(target)).toEqual(states[n]);
      expect(result.files).toBe(numbers.length + 1);
    }
    await removeBlobBackups(engine, location, listed.backups.slice(0, -1));
    const last = (await listBlobBackups(engine, location)).backups.at(-1)!;
    await restoreBlobs(engine, { backup: last, target: join(root, 'again') });
    expect(treeOf(join(root, 'again'))).toEqual(states[2]);
  });

  test('that are damaged are neither sound nor restored', async () => {
    const { root, listed } = await threeBackups(style);
    const backup = listed.backups.at(-1)!;
    const first = backup.before[0] ?? backup;
    const file = first.kind === 'tree' ? join(first.path, first.base, '.layout') : first.path;
    chmodSync(file, 0o600);
    if (first.kind === 'tree') harm.change(file);
    else harm.cut(file);
    const report = await verifyBlobs(engine, { backup, level: 'deep' });
    expect(report.sound).toBe(false);
    const target = join(root, 'target');
    await expect(restoreBlobs(engine, { backup, target })).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:blobs|gzip)\./),
    });
    expect(() => treeOf(target)).toThrow();
  });
});

test('an archive of another state, in the place of the one that was recorded, is noticed', async () => {
  const { listed } = await threeBackups(STYLES[3]![1]);
  const [first, second] = listed.backups;
  copyFileSync(first!.path, second!.path);
  expect((await verifyBlobs(engine, { backup: second!, level: 'quick' })).sound).toBe(true);
  const report = await verifyBlobs(engine, { backup: second!, level: 'stored' });
  expect(report.problems.items[0]!.reason).toMatch(/is not the one of its manifest/);
});

test('a state whose removal was killed after its manifest can be made again', async () => {
  const { root, source, location, states, listed } = await threeBackups({ kind: 'pool' });
  rmSync(listed.backups[2]!.manifest!);
  const made = [2, 12, 22].map(sampleReference);
  const changes = { since: { stamp: STAMPS[1], end: 200 }, made };
  const stamp = '2026-11-21-02-00-00';
  await backUp({
    source,
    location,
    stamp,
    style: { kind: 'pool' },
    data: { end: 300, tid: undefined },
    changes,
  });
  const again = (await listBlobBackups(engine, location)).backups;
  expect(again.map(({ kind }) => kind)).toEqual(['tree', 'pool', 'pool']);
  expect((await verifyBlobs(engine, { backup: again[2]!, level: 'deep' })).problems.items).toEqual([]);
  await restoreBlobs(engine, { backup: again[2]!, target: join(root, 'target') });
  expect(treeOf(join(root, 'target'))).toEqual(states[2]);
});
