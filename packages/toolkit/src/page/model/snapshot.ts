import { mayDo } from '../../auth/identity.js';
import type { StorageSource } from '../../storages.js';
import { bytesInWords } from '../words/bytes.js';
import { type Moment, momentOf } from '../words/times.js';
import type { SeenStorage, Viewer } from './seen.js';

export interface SnapshotView {
  readonly state: 'none' | 'held' | 'foreign' | 'unknown';
  /** One sentence. */
  readonly sentence: string;
  readonly code: string | undefined;
  readonly by: string | undefined;
  readonly entered: Moment | undefined;
  /** Then it is left, unless it is renewed before. */
  readonly until: Moment | undefined;
  /** Of a FileStorage: what is frozen. */
  readonly frozen: string | undefined;
  /** What the viewer may do about it. */
  readonly action: 'enter' | 'leave' | undefined;
  readonly life: number;
}

/** What it means for those who write (docs/toolkit/snapshots.md). */
const FROZEN: Readonly<Record<StorageSource['kind'], string>> = {
  filestorage: 'A state of the Data.fs is kept for a backup; writing and packing go on, and nobody waits.',
  directorystorage: 'The storage is frozen for a backup; nothing can open it for writing until it is left.',
  zope: 'The storage is frozen for a backup; writing goes on beside it, and a pack has to wait.',
};

export function snapshotView({ storage, snapshotCode, held }: SeenStorage, viewer: Viewer): SnapshotView {
  const may = mayDo(viewer.identity, 'snapshot');
  const base = {
    code: undefined,
    by: undefined,
    entered: undefined,
    until: undefined,
    frozen: undefined,
    life: storage.lifeSeconds,
  };
  if (held !== undefined) {
    return {
      ...base,
      state: 'held',
      sentence: FROZEN[storage.source.kind],
      code: held.code,
      by: held.by,
      entered: momentOf(held.enteredMs, viewer.nowMs),
      until: momentOf(held.untilMs, viewer.nowMs),
      frozen: held.frozen === undefined ? undefined : frozenInWords(held.frozen),
      action: may ? 'leave' : undefined,
    };
  }
  if (snapshotCode.kind === 'unknown') {
    const sentence = `Whether it is in a snapshot is not known: ${snapshotCode.message}`;
    return { ...base, state: 'unknown', sentence, action: may ? 'enter' : undefined };
  }
  if (snapshotCode.code !== null) {
    const sentence = 'It is in a snapshot that somebody else entered; whoever entered it has to leave it.';
    return { ...base, state: 'foreign', sentence, code: snapshotCode.code, action: undefined };
  }
  return { ...base, state: 'none', sentence: 'It is in no snapshot.', action: may ? 'enter' : undefined };
}

function frozenInWords({ size, tid }: { readonly size: number; readonly tid: string | undefined }): string {
  const upTo = tid === undefined ? '' : `, up to transaction ${tid}`;
  return `${bytesInWords(size)}${upTo}`;
}
