import { join } from 'node:path';
import { listBlobBackups, removeBlobBackups } from '@holdfast/blob-snapshot';
import { removeIfThere, throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { applyRemoval } from '@holdfast/filestorage-backup';
import type { World } from '../run/world.js';
import type { Removal, RetentionPlan } from './plan.js';

export interface ApplyRetention {
  readonly plan: RetentionPlan;
  /** Throws where one of the locks of the places is no longer held. Asked before each step. */
  readonly assertLocked: () => Promise<void>;
  /** Told after each step. */
  readonly onRemoved?: ((removal: Removal) => void) | undefined;
}

/** Each call for blobs reads their location anew, so many are removed by one. */
const BLOBS_AT_ONCE = 100;

/**
 * Does what a plan says, in its order, and stops at the first error. Nothing is written before something is removed, so
 * it works on a full disk. Stopped anywhere, planning anew and doing that ends in the same state.
 *
 * @throws HoldfastError with the code of what went wrong; `details.removed` counts the steps that were done, of
 *   `details.steps`
 */
export async function applyRetention(world: World, request: ApplyRetention): Promise<void> {
  const done: Removal[] = [];
  const tell = (removal: Removal) => {
    done.push(removal);
    request.onRemoved?.(removal);
  };
  for (const batch of batches(request.plan.removals)) {
    const [first] = batch;
    try {
      throwIfCancelled(world.signal);
      await request.assertLocked();
      await world.failpoint?.(`before:prune-${first!.kind}`);
      await apply(world, batch, tell);
      await world.failpoint?.(`after:prune-${first!.kind}`);
    } catch (error) {
      throw isHoldfastError(error) ? stopped(error, done, request.plan) : error;
    }
  }
}

/** Steps one by one, but blobs of one location together. */
function batches(removals: readonly Removal[]): readonly (readonly Removal[])[] {
  const found: Removal[][] = [];
  for (const removal of removals) {
    const last = found.at(-1);
    const together = last !== undefined && last.length < BLOBS_AT_ONCE && sameLocation(last[0]!, removal);
    if (together) last.push(removal);
    else found.push([removal]);
  }
  return found;
}

function sameLocation(a: Removal, b: Removal): boolean {
  return a.kind === 'blobs' && b.kind === 'blobs' && a.location === b.location;
}

async function apply(
  world: World,
  batch: readonly Removal[],
  tell: (removal: Removal) => void,
): Promise<void> {
  const blobs = batch.flatMap((removal) => (removal.kind === 'blobs' ? [removal] : []));
  if (blobs.length > 0) return removeBlobs(world, blobs, tell);
  for (const removal of batch) {
    if (removal.kind === 'set-file') await removeSetFile(world, removal);
    if (removal.kind === 'filestorage') await applyRemoval(removal.engine, removal.step);
    tell(removal);
  }
}

async function removeSetFile(
  { fs }: World,
  { directory, name }: Extract<Removal, { readonly kind: 'set-file' }>,
): Promise<void> {
  if (await removeIfThere(fs, join(directory, name))) await fs.syncDirectory(directory);
}

async function removeBlobs(
  world: World,
  removals: readonly Extract<Removal, { readonly kind: 'blobs' }>[],
  tell: (removal: Removal) => void,
): Promise<void> {
  const { location } = removals[0]!;
  const backups = removals.map(({ backup }) => backup);
  try {
    const { removed } = await removeBlobBackups(world, location, backups);
    for (const removal of removals) if (removed.includes(removal.backup.id)) tell(removal);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    const bases = backups.map(({ base }) => base);
    const listed = await listBlobBackups(world, location, { bases });
    const left = new Set(listed.backups.map(({ id }) => id));
    for (const removal of removals) if (!left.has(removal.backup.id)) tell(removal);
    throw error;
  }
}

function stopped(error: HoldfastError, done: readonly Removal[], { removals }: RetentionPlan): HoldfastError {
  const { code, message, path, offset, hint, details } = error;
  const so =
    done.length === 0 ? 'nothing was removed' : `${done.length} of ${removals.length} steps were done before`;
  return new HoldfastError(code, `${message}; ${so}`, {
    path,
    offset,
    hint,
    cause: error,
    details: {
      ...details,
      removed: done.length,
      steps: removals.length,
      last: done.length === 0 ? null : nameOf(done.at(-1)!),
    },
  });
}

/** What a step removes or writes anew, for people. */
export function nameOf(removal: Removal): string {
  switch (removal.kind) {
    case 'set-file':
      return removal.name;
    case 'filestorage':
      return removal.step.name;
    case 'blobs':
      return removal.backup.id;
  }
}
