import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBulkFiles } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import {
  FailpointRecorder,
  FaultyFileSystem,
  sweepCrashes,
  sweepFaults,
  temporaryDirectory,
} from '@holdfast/test-kit';
import { describe, expect, it } from 'vitest';
import type { BlobEngine } from '../src/engine.js';
import { entriesOf } from '../src/entries.js';
import { blobPath } from '../src/layout.js';
import type { BlobStyle } from '../src/request.js';
import { backUp, changesSince, namesIn, POOL, ROTATED, TREE } from './support/backup.js';
import { backupsIn, engine, STAMPS, sampleReference, treeOf, writeBlobs } from './support/scene.js';

const [FIRST, SECOND, THIRD] = STAMPS;

/** Below the blob directory, the new blob. */
const MOVED = blobPath('bushy', sampleReference(5));

interface State {
  readonly source: string;
  readonly location: string;
  readonly sourceBefore: object;
  readonly offeredBefore: readonly string[];
}

const WAYS: readonly (readonly [string, BlobStyle, boolean])[] = [
  ['a tree', TREE, false],
  ['a rotated tree', ROTATED, false],
  ['a tree from the log', TREE, true],
  ['a state of a pool', POOL, true],
];

async function prepare(style: BlobStyle): Promise<State> {
  const root = await temporaryDirectory();
  const [source, location] = [join(root, 'blobstorage'), join(root, 'backups')];
  writeBlobs(source, [0]);
  await backUp({ source, location, stamp: '2026-11-17-02-00-00', style });
  await backUp({ source, location, stamp: FIRST, style });
  writeBlobs(source, [5]);
  return { source, location, sourceBefore: treeOf(source), offeredBefore: await offered(location) };
}

/** What could be restored: each backup's content as its manifests name it, checked against its files. */
async function offered(location: string): Promise<readonly string[]> {
  const states: string[] = [];
  for (const backup of await backupsIn(location)) {
    const found = treeOf(join(backup.path, backup.base));
    const lines: string[] = [];
    for await (const entry of entriesOf(engine, backup)) {
      if (entry.kind === 'file') expect(found[entry.path]).toContain(entry.sha256);
      if (entry.kind === 'file') lines.push(`${entry.path} ${entry.sha256}`);
    }
    states.push(`${backup.stamp}: ${lines.join(' ')}`);
  }
  return states.sort();
}

function request({ source, location }: State, style: BlobStyle, log: boolean, stamp: string = SECOND) {
  return { source, location, stamp, style, ...(log && { changes: changesSince(FIRST, [5]) }) };
}

/** Many syncs of the whole file system would only be slow. */
const quick = { ...nodeBulkFiles, syncTree: async () => {} };

function on(fs: FaultyFileSystem): BlobEngine {
  return { ...engine, fs, bulk: fs.bulk(quick) };
}

async function expectOldOrNew(state: State, style: BlobStyle): Promise<void> {
  expect(treeOf(state.source)).toEqual(state.sourceBefore);
  const now = await offered(state.location);
  const added = now.filter((one) => !state.offeredBefore.includes(one));
  expect(now.filter((one) => state.offeredBefore.includes(one))).toEqual(state.offeredBefore);
  expect(added.length).toBeLessThanOrEqual(1);
  for (const one of added) expect(one).toMatch(new RegExp(`^${SECOND}: .*0x06/`));
  if (style !== ROTATED) {
    const target = readlinkSync(join(state.location, 'latest'));
    expect(existsSync(join(state.location, target))).toBe(true);
  }
}

describe.each(WAYS)('%s', (_, style, log) => {
  it('killed at any call, is there or is not, and the next run makes it', { timeout: 120_000 }, async () => {
    const crashes = await sweepCrashes<State>({
      prepare: () => prepare(style),
      run: (fs, state) => backUp(request(state, style, log), { on: on(fs) }),
      check: async (state) => {
        await expectOldOrNew(state, style);
        await backUp(request(state, style, log), { on: { ...engine, bulk: quick } });
        await backUp({ ...request(state, style, false), stamp: THIRD }, { on: { ...engine, bulk: quick } });
        expect((await offered(state.location)).at(-1)).toMatch(new RegExp(`^${THIRD}: .*0x06/`));
        expect(namesIn(state.location).filter((name) => name.startsWith('.'))).toEqual([]);
      },
    });
    expect(crashes).toBeGreaterThan(20);
  });

  it.each(['ENOSPC', 'EIO'])(
    'ends with an error when a call ends with %s, and leaves nothing',
    { timeout: 120_000 },
    async (fault) => {
      await sweepFaults<State>({
        fault,
        prepare: () => prepare(style),
        run: (fs, state) => backUp(request(state, style, log), { on: on(fs) }),
        check: async (state, { error }) => {
          if (error !== undefined)
            expect(isHoldfastError(error, fault === 'EIO' ? 'fs.io' : 'fs.no-space')).toBe(true);
          await expectOldOrNew(state, style);
          // The call that failed may have been one of those that tidy up.
          await backUp(request(state, style, log), { on: { ...engine, bulk: quick } });
          expect(namesIn(state.location).filter((name) => name.startsWith('.'))).toEqual([]);
        },
      });
    },
  );
});

describe('a state of a pool', () => {
  it('that was half moved into its tree is taken out again by the next run', async () => {
    const state = await prepare(POOL);
    const fs = new FaultyFileSystem();
    const points = new FailpointRecorder(fs).crashAt('moved-blobs');
    const crashing = { ...on(fs), failpoint: points.hook };
    await expect(backUp(request(state, POOL, true), { on: crashing })).rejects.toThrow();
    expect(points.names.at(-1)).toBe('moved-blobs');
    const moved = join(state.location, `blobstorage.${FIRST}`, 'blobstorage', MOVED);
    expect(existsSync(moved)).toBe(true);
    const changes = changesSince(FIRST, []);
    const summary = await backUp({ ...request(state, POOL, true, THIRD), changes });
    expect(summary.id).toBe(`blobstorage.${FIRST}@${THIRD}`);
    expect(existsSync(moved)).toBe(false);
  });
});
