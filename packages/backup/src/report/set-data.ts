import { tidToTime } from '@holdfast/filestorage';
import type { BackupSet } from '../set.js';
import type { SetPart } from '../set-record.js';
import { jsonTime, jsonTransaction } from './json.js';

/** What `setData` gives. */
export type SetData = ReturnType<typeof setData>;

/** A set in `--json` (docs/json.md, "list"). */
export function setData({ id, timeMs, kind, origin, record, problems, pinned, verified }: BackupSet) {
  return {
    id,
    time: jsonTime(timeMs),
    kind,
    origin,
    storages: record.parts.map(partData),
    pinned,
    verified:
      verified === undefined
        ? null
        : { time: jsonTime(verified.timeMs), level: verified.level, sound: verified.sound },
    problems,
  };
}

function partData({ storage, filestorage, blobs }: SetPart) {
  return {
    storage,
    filestorage:
      filestorage === undefined
        ? null
        : {
            name: filestorage.name,
            kind: filestorage.kind,
            chain: filestorage.chain,
            start: filestorage.start,
            end: filestorage.end,
            storedSize: filestorage.storedSize,
            transactions: filestorage.transactions,
            last:
              filestorage.tid === undefined
                ? null
                : jsonTransaction(filestorage.tid, tidToTime(BigInt(`0x${filestorage.tid}`))),
          },
    blobs:
      blobs === undefined
        ? null
        : {
            id: blobs.id,
            style: blobs.style,
            files: blobs.files,
            bytes: blobs.bytes,
            addedFiles: blobs.addedFiles,
            addedBytes: blobs.addedBytes,
            missing: blobs.missing,
          },
  };
}
