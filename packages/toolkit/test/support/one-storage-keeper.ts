import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import type { ToolkitStorage } from '../../src/storages.js';
import {
  LIFE_SECONDS,
  makeDirectoryStorage,
  makeFileStorage,
  startKeeper,
  storageOf,
  zopeSource,
} from './keeper.js';
import { MovedClock } from './moved-clock.js';
import { startSmallZope } from './small-zope.js';

export const LIFE_MS = LIFE_SECONDS * 1000;

/** A started keeper of one storage `main`: a FileStorage. */
export async function fileKeeper() {
  const dataFs = await makeFileStorage();
  const storages = [storageOf('main', { kind: 'filestorage', dataFs })];
  const stateDirectory = join(await temporaryDirectory(), 'state');
  return { dataFs, storages, stateDirectory, ...(await startKeeper({ storages, stateDirectory })) };
}

/** As `fileKeeper`, of a DirectoryStorage that nothing else holds. */
export async function directoryKeeper(fixture?: string) {
  const directory = await makeDirectoryStorage(fixture);
  const storages = [storageOf('main', { kind: 'directorystorage', directory })];
  const stateDirectory = await temporaryDirectory();
  return { directory, storages, stateDirectory, ...(await startKeeper({ storages, stateDirectory })) };
}

/** As `fileKeeper`, of a storage that a small Zope holds. */
export async function zopeKeeper() {
  const zope = await startSmallZope();
  const storages = [storageOf('main', zopeSource(zope.url))];
  const stateDirectory = await temporaryDirectory();
  return { zope, storages, stateDirectory, ...(await startKeeper({ storages, stateDirectory })) };
}

/** The server is killed, and started again. */
export async function restarted(
  parts: { readonly storages: readonly ToolkitStorage[]; readonly stateDirectory: string },
  killed: { drop(): Promise<void> },
  clock: MovedClock,
) {
  await killed.drop();
  return startKeeper({
    storages: parts.storages,
    stateDirectory: parts.stateDirectory,
    clock: new MovedClock(clock.now()),
  });
}
