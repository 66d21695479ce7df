import type { SetSummary, StorageStatus } from '@holdfast/monitor';
import { bytesInWords, counted } from '../words/bytes.js';
import { durationInWords, type Moment, momentOf } from '../words/times.js';
import { stateOf } from './chains.js';
import { setInWords } from './facts.js';
import type { Viewer } from './seen.js';

/** A row of the table of backups. */
export interface SetRow {
  readonly id: string;
  readonly made: Moment;
  readonly kind: string;
  /** `by another tool` (repozo, say), `kept for good`. */
  readonly notes: readonly string[];
  readonly dataSize: string;
  readonly added: string;
  readonly stored: string;
  readonly blobs: string;
  readonly took: string;
  readonly state: 'sound' | 'unchecked' | 'damaged';
  readonly stateWords: string;
}

export interface SetRows {
  readonly newest: readonly SetRow[];
  readonly more: readonly SetRow[];
  /** Sets that are in neither. */
  readonly left: number;
}

const NEWEST = 15;
const MOST = 200;

/** @param sets oldest first @param kind of the storage @returns newest first */
export function setRows(
  sets: readonly SetSummary[],
  viewer: Viewer,
  kind: StorageStatus['kind'] = 'filestorage',
): SetRows {
  const rows = sets
    .slice(-MOST)
    .reverse()
    .map((set) => setRow(set, viewer, kind));
  return { newest: rows.slice(0, NEWEST), more: rows.slice(NEWEST), left: sets.length - rows.length };
}

const NONE = '–';
const bytesOr = (bytes: number | undefined) => (bytes === undefined ? NONE : bytesInWords(bytes));

function setRow(set: SetSummary, viewer: Viewer, kind: StorageStatus['kind']): SetRow {
  const { blobs, seconds } = set;
  // What is not written down of an archive may be this server's all the same: the history is not kept for ever.
  const isOthers = set.origin === 'peer' && kind !== 'directorystorage';
  return {
    id: set.id,
    made: momentOf(set.timeMs, viewer.nowMs),
    kind: setInWords(set),
    notes: [...(isOthers ? ['by another tool'] : []), ...(set.pinned ? ['kept for good'] : [])],
    dataSize: bytesOr(set.dataBytes),
    added: bytesOr(set.newBytes),
    stored: bytesOr(set.storedBytes),
    blobs:
      blobs === undefined ? NONE : `${counted(blobs.files, 'file')}, ${bytesInWords(blobs.addedBytes)} new`,
    took: seconds === undefined ? NONE : durationInWords(seconds),
    state: stateOf(set),
    stateWords: stateWords(set, viewer),
  };
}

function stateWords({ whole, verified, problem }: SetSummary, { nowMs, paths }: Viewer): string {
  if (!whole) return problem === undefined ? 'Not whole' : `Not whole: ${paths.text(problem)}`;
  if (verified === undefined) return 'Not checked';
  const { relative } = momentOf(verified.timeMs, nowMs);
  return `${verified.sound ? 'Sound' : 'Damaged'}, ${verified.level}, ${relative}`;
}
