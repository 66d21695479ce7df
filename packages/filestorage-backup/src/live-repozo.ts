import { HoldfastError } from '@holdfast/errors';
import type { Engine } from './engine.js';
import { REPOZO_TEMPORARY } from './names.js';
import type { StoredFile } from './store.js';

/** repozo writes on and on to its temporary file; one that was not touched for so long is a dead one's. */
const FRESH_MS = 60_000;
const WATCH_MS = 2000;
const LOOK_MS = 250;

/**
 * repozo takes no lock. A temporary file of its kind that was written to lately is watched for a moment: when it
 * changes or vanishes, a repozo is at work, and its backup and ours would spoil each other.
 */
export async function refuseLiveRepozo(engine: Engine, files: readonly StoredFile[]): Promise<void> {
  const { clock, store, signal } = engine;
  const first = files.find(({ name }) => name === REPOZO_TEMPORARY);
  if (first === undefined || Math.abs(clock.now() - first.modifiedMs) > FRESH_MS) return;
  for (let watched = 0; watched < WATCH_MS; watched += LOOK_MS) {
    await clock.sleep(LOOK_MS, signal);
    const now = (await store.list()).find(({ name }) => name === REPOZO_TEMPORARY);
    if (now?.size === first.size && now.modifiedMs === first.modifiedMs) continue;
    const path = `${store.location}/${REPOZO_TEMPORARY}`;
    throw new HoldfastError('repository.foreign-writer', `a repozo is at work here: it is writing ${path}`, {
      path,
    });
  }
}
