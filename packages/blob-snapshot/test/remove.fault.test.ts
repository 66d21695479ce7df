import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBulkFiles } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { type FaultyFileSystem, sweepCrashes, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { listBlobBackups } from '../src/location.js';
import { removeBlobBackups } from '../src/remove.js';
import { verifyBlobs } from '../src/verify-blobs.js';
import { backupsIn, engine, poolLocation, STAMPS, treeOf } from './support/scene.js';

const TREE = `blobstorage.${STAMPS[0]}`;
const ARCHIVES = [
  'blobs.2026-11-02-00-00-00.tar.gz',
  'blobs.2026-11-02-00-00-00.tar.gz.holdfast',
  'blobs.2026-11-02-00-00-00.snar',
  'blobs.2026-11-03-00-00-00.delta.tar.gz',
];

/** A location that is copied for each point. */
async function prepared() {
  const root = await temporaryDirectory();
  const original = await poolLocation(join(root, 'made'));
  for (const name of ARCHIVES) writeFileSync(join(original, name), 'x');
  const kept = treeOf(join(original, `blobstorage.${STAMPS[1]}`));
  let number = 0;
  const fresh = async () => {
    const location = join(root, `run-${number++}`);
    execFileSync('cp', ['-a', original, location]);
    return location;
  };
  return { fresh, kept };
}

const isOld = ({ id }: { readonly id: string }) => id !== `blobstorage.${STAMPS[1]}`;

function remover(fs: FaultyFileSystem, location: string) {
  const faulty = { ...engine, fs, bulk: fs.bulk(nodeBulkFiles) };
  return async () => {
    const old = (await backupsIn(location)).filter(isOld);
    return removeBlobBackups(faulty, location, old);
  };
}

/** What is listed is whole; what is kept is untouched; another run takes what is left. */
async function checkAfter(location: string, kept: Record<string, string>): Promise<void> {
  expect(treeOf(join(location, `blobstorage.${STAMPS[1]}`))).toEqual(kept);
  const { backups, damaged, snapshotFiles, latest } = await listBlobBackups(engine, location);
  expect(damaged).toEqual([]);
  expect(latest).toBe(`blobstorage.${STAMPS[1]}`);
  for (const backup of backups.filter(({ kind }) => kind === 'tree' || kind === 'pool')) {
    const report = await verifyBlobs(engine, { backup, level: 'deep' });
    expect(report.problems.items).toEqual([]);
  }
  const names = readdirSync(location);
  // GNU tar goes on from where a snapshot file says that it was.
  if (snapshotFiles.length > 0) expect(names).toEqual(expect.arrayContaining(ARCHIVES));
  if (names.includes(ARCHIVES[3]!)) expect(names).toContain(ARCHIVES[0]);
  await removeBlobBackups(engine, location, backups.filter(isOld));
  const left = readdirSync(location).filter((name) => !name.endsWith('.tar.gz.holdfast'));
  expect(left.sort()).toEqual([`blobstorage.${STAMPS[1]}`, 'latest']);
}

describe('a removal of trees, shared states and archives', () => {
  test('killed anywhere leaves whole backups only, and the next one goes on', async () => {
    const { fresh, kept } = await prepared();
    const crashes = await sweepCrashes({
      prepare: fresh,
      run: (fs, location) => remover(fs, location)(),
      check: (location) => checkAfter(location, kept),
    });
    expect(crashes).toBeGreaterThan(60);
  });

  test.each(['EIO', 'EACCES', 'EROFS'])(
    'stops at the first %s, and loses nothing that stays',
    async (fault) => {
      const { fresh, kept } = await prepared();
      await sweepFaults({
        prepare: fresh,
        fault,
        run: (fs, location) => remover(fs, location)(),
        check: async (location, { error }) => {
          if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
          await checkAfter(location, kept);
        },
      });
    },
  );

  test('needs no space: nothing is made before something is removed', async () => {
    const { fresh, kept } = await prepared();
    const location = await fresh();
    const calls: string[] = [];
    const watched = (method: string) => () => {
      calls.push(method);
      throw new Error(`${method} was called`);
    };
    const fs = Object.assign(Object.create(engine.fs) as typeof engine.fs, {
      create: watched('create'),
      makeDirectory: watched('makeDirectory'),
      link: watched('link'),
    });
    const old = (await backupsIn(location)).filter(isOld);
    expect((await removeBlobBackups({ ...engine, fs }, location, old)).removed).toHaveLength(5);
    expect(calls).toEqual([]);
    await checkAfter(location, kept);
  });
});

test('a tree that another removal left is finished by the next', async () => {
  const { fresh } = await prepared();
  const location = await fresh();
  for (const name of ['', '-1']) {
    mkdirSync(join(location, `.holdfast-partial-removed-${TREE}${name}`, 'blobstorage'), { recursive: true });
  }
  await removeBlobBackups(engine, location, []);
  expect(readdirSync(location).filter((name) => name.startsWith('.holdfast'))).toEqual([]);
});
