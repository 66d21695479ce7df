import type { LockStatus } from '@holdfast/monitor';
import type { PathFilter } from '../../without-paths.js';

export interface LockRow {
  readonly what: string;
  /** What the lock keeps, in words. */
  readonly keeps: string;
  readonly state: LockStatus['state'];
  readonly stateWord: string;
  readonly holder: string;
}

const KEEPS: Readonly<Record<string, string>> = {
  storage: 'the open storage (Data.fs.lock)',
  manager: 'the directory of the storage (misc/lock)',
  snapshot: 'the snapshot (misc/sublock)',
};

const WORDS: Readonly<Record<LockStatus['state'], string>> = {
  held: 'Held',
  free: 'Free',
  unknown: 'Not known',
};

export function lockRows(locks: readonly LockStatus[], paths: PathFilter): readonly LockRow[] {
  return locks.map(({ what, path, state, holder }) => ({
    what,
    keeps:
      what === 'repository' ? `the backups in ${placeOf(path)}: one run at a time` : (KEEPS[what] ?? what),
    state,
    stateWord: WORDS[state],
    holder: holder === undefined ? (state === 'held' ? 'not known who' : '–') : paths.text(holder),
  }));
}

/** Of a lock file: the last two parts of its directory, so that several places are told apart (`backups/blobs`). */
function placeOf(path: string): string {
  return path.split('/').filter(Boolean).slice(0, -1).slice(-2).join('/');
}
