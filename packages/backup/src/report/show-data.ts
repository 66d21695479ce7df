import type { BackupSet } from '../set.js';
import { partsOf } from '../sets/assemble.js';
import type { SetReading } from '../sets/reading.js';
import { jsonTime } from './json.js';
import { type SetData, setData } from './set-data.js';

export interface ShowData {
  readonly set: SetData;
  /** Null: it has no record. */
  readonly made: { readonly started: string; readonly seconds: number } | null;
  readonly files: readonly SetFiles[];
}

/** What a restore reads of one storage. */
export interface SetFiles {
  readonly storage: string;
  readonly repository: string | null;
  readonly files: readonly string[];
  /** Bytes of each. */
  readonly sizes: readonly number[];
  readonly blobs: string | null;
}

/** What `holdfast show --json` says (docs/json.md, "show"). */
export function showData(reading: SetReading, set: BackupSet): ShowData {
  const { origin, record } = set;
  const { startedMs, finishedMs } = record;
  return {
    set: setData(set),
    made:
      origin === 'holdfast'
        ? { started: jsonTime(startedMs), seconds: (finishedMs - startedMs) / 1000 }
        : null,
    files: partsOf(reading, set).map(({ storage, moment, blobs }) => ({
      storage: storage.name,
      repository: storage.filestorage ?? null,
      files: moment?.path.map(({ name }) => name) ?? [],
      sizes: moment?.path.map(({ storedSize }) => storedSize) ?? [],
      blobs: blobs?.path ?? null,
    })),
  };
}
