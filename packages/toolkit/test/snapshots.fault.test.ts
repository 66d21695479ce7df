import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { FaultyFileSystem, sweepCrashes, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { stateFile } from '../src/snapshots/state-entry.js';
import type { StorageSource } from '../src/storages.js';
import {
  eventually,
  frozenBeside,
  LIFE_SECONDS,
  locksOf,
  makeDirectoryStorage,
  makeFileStorage,
  makeKeeper,
  startKeeper,
  storageOf,
  zopeSource,
} from './support/keeper.js';
import { MovedClock } from './support/moved-clock.js';
import { type SmallZope, startSmallZope } from './support/small-zope.js';

interface State {
  readonly source: StorageSource;
  readonly stateDirectory: string;
  readonly zope: SmallZope | undefined;
}

type Kind = StorageSource['kind'];

const KINDS: readonly Kind[] = ['filestorage', 'directorystorage', 'zope'];

async function prepare(kind: Kind): Promise<State> {
  const stateDirectory = await temporaryDirectory();
  if (kind === 'zope') {
    const zope = await startSmallZope();
    return { source: zopeSource(zope.url), stateDirectory, zope };
  }
  const source: StorageSource =
    kind === 'filestorage'
      ? { kind, dataFs: await makeFileStorage() }
      : { kind, directory: await makeDirectoryStorage('clean-flat') };
  return { source, stateDirectory, zope: undefined };
}

const partsOf = ({ source, stateDirectory }: State) => ({
  storages: [storageOf('main', source)],
  stateDirectory,
});

/** An operation of a server that may die in it: then its locks are free, and it asks nobody any more. */
async function onServer(
  fs: FaultyFileSystem,
  state: State,
  work: (keeper: Awaited<ReturnType<typeof startKeeper>>['keeper']) => Promise<unknown>,
): Promise<void> {
  if (state.zope !== undefined) state.zope.silent = () => fs.crashed;
  const { keeper } = makeKeeper({ ...partsOf(state), fs });
  try {
    await keeper.start();
    await work(keeper);
  } finally {
    await keeper.drop();
  }
}

/** What could not be removed is nobody's any more, and removed by the next one that freezes. */
async function isFileFrozen(dataFs: string): Promise<boolean> {
  for (const name of await frozenBeside(dataFs)) {
    if (await KernelLock.isHeld(join(dirname(dataFs), name, 'lock'))) return true;
  }
  return false;
}

async function isFrozen({ source, zope }: State): Promise<boolean> {
  if (source.kind === 'filestorage') return isFileFrozen(source.dataFs);
  if (source.kind === 'directorystorage') return (await locksOf(source.directory)).length > 0;
  return zope?.code !== null;
}

/** The server starts again: the state can be read, and after a life nothing is frozen. */
async function expectLeftInTime(state: State): Promise<void> {
  if (state.zope !== undefined) state.zope.silent = () => false;
  const path = join(state.stateDirectory, 'snapshots.json');
  if (existsSync(path)) stateFile.parse(JSON.parse(await readFile(path, 'utf8')));
  const { keeper, clock, lines } = await startKeeper({ ...partsOf(state), clock: new MovedClock() });
  await clock.advance(LIFE_SECONDS * 1000);
  // What is tried again is tried every 10 s; the answers of a server take real time.
  await eventually(async () => {
    await clock.advance(10_000);
    expect(keeper.held('main')).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(await isFrozen(state)).toBe(false);
  await keeper.enter('main', 'next', 'ann');
  await keeper.leave('main', 'next');
  expect(await isFrozen(state)).toBe(false);
  if (state.source.kind === 'filestorage') expect(await frozenBeside(state.source.dataFs)).toEqual([]);
}

/** Some tens of starts of a server a test. */
const TIMEOUT_MS = 180_000;

describe.each(KINDS)('a server that looks after a %s', { timeout: TIMEOUT_MS }, (kind) => {
  test('killed at any call while it enters, renews or leaves, and started again, leaves it in its time', async () => {
    const crashes = await sweepCrashes({
      prepare: () => prepare(kind),
      run: (fs, state) =>
        onServer(fs, state, async (keeper) => {
          await keeper.enter('main', 'host-1', 'ann');
          await keeper.renew('main', 'host-1');
          await keeper.leave('main', 'host-1');
        }),
      check: expectLeftInTime,
    });
    expect(crashes).toBeGreaterThan(15);
  });

  test('killed at any call while it starts again, and started once more, leaves it in its time', async () => {
    const crashes = await sweepCrashes({
      prepare: async () => {
        const state = await prepare(kind);
        await onServer(new FaultyFileSystem(), state, (keeper) => keeper.enter('main', 'host-1', 'ann'));
        return state;
      },
      run: (fs, state) => onServer(fs, state, (keeper) => keeper.close()),
      check: expectLeftInTime,
    });
    expect(crashes).toBeGreaterThan(5);
  });

  test.each(['ENOSPC', 'EIO'])(
    'struck by %s at any call says so and freezes nothing, or goes on',
    async (fault) => {
      const points = await sweepFaults({
        fault,
        prepare: () => prepare(kind),
        run: (fs, state) =>
          onServer(fs, state, async (keeper) => {
            await keeper.enter('main', 'host-1', 'ann');
            await keeper.leave('main', 'host-1');
            expect(await isFrozen(state)).toBe(false);
          }),
        check: async (state, { error }) => {
          if (error !== undefined) {
            expect(isHoldfastError(error), String(error)).toBe(true);
            expect(await isFrozen(state)).toBe(false);
          }
          await expectLeftInTime(state);
        },
      });
      expect(points).toBeGreaterThan(10);
    },
  );
});
