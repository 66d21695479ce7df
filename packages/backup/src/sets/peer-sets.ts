import { type BlobBackup, findBlobBackup } from '@holdfast/blob-snapshot';
import { type ChainFile, stampOf, stampTime } from '@holdfast/filestorage-backup';
import type { BlobPart, FilestoragePart, SetPart, SetRecord } from '../set-record.js';
import type { SetPlaces } from './places.js';
import type { State, StorageReading } from './reading.js';

/**
 * Sets without a record, pieced together from what repozo and the recipe left (docs/formats/sets.md, "Sets of the
 * peers"). Pure.
 *
 * A moment of the main storage that no record names is a set; the additional storages, which are backed up before
 * the main one, give their newest moment at or before it. Where additional storages went on after the main
 * one, their newest moments make a last set.
 */
export interface PeerSet {
  readonly record: SetRecord;
  readonly problems: readonly string[];
  /** Those of the problems that are of backups of blobs. */
  readonly blobProblems: readonly string[];
}

export function peerSets(
  { kind }: Pick<SetPlaces, 'kind'>,
  readings: readonly StorageReading[],
  records: readonly SetRecord[],
): readonly PeerSet[] {
  const storages = readings.map((reading): Candidates => candidatesIn(reading, records));
  const main = storages.at(-1);
  if (main === undefined) return [];
  const stamps =
    main.reading.storage.filestorage === undefined
      ? blobStamps(main)
      : [...unnamedStamps(main), ...laterThanMain(storages, main)];
  const taken = new Set(records.map(({ id }) => id));
  return [...new Set(stamps)].filter((id) => !taken.has(id)).map((id) => pieceTogether(kind, id, storages));
}

interface Candidates {
  readonly reading: StorageReading;
  /** Data files that a record names. */
  readonly named: ReadonlySet<string>;
  /** The first record that has this storage. */
  readonly firstRecord: string | undefined;
  /** The first blob backup that Holdfast made. */
  readonly firstManifest: string | undefined;
}

function candidatesIn(reading: StorageReading, records: readonly SetRecord[]): Candidates {
  const { storage, blobs } = reading;
  const having = records.filter(({ parts }) => parts.some((part) => part.storage === storage.name));
  const parts = having.flatMap((record) => record.parts.filter((part) => part.storage === storage.name));
  return {
    reading,
    named: new Set(parts.flatMap(({ filestorage }) => filestorage?.name ?? [])),
    firstRecord: earliest(having.map(({ id }) => id)),
    firstManifest: earliest(
      blobs.flatMap(({ manifest, stamp }) => (manifest === undefined || stamp === undefined ? [] : [stamp])),
    ),
  };
}

function earliest(stamps: readonly string[]): string | undefined {
  return stamps.reduce<string | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
}

/** Where there are only blobs, each backup of them is a set. */
function blobStamps({ reading }: Candidates): readonly string[] {
  return reading.blobs.map(({ stamp, modifiedMs }) => stamp ?? stampOf(modifiedMs)).sort();
}

function unnamedStamps({ reading, named }: Candidates): readonly string[] {
  return reading.states.filter(({ file }) => !named.has(file.name)).map(({ file }) => file.stamp);
}

/** The newest moment of the additional storages, where it is later than all of the main one and in no record. */
function laterThanMain(storages: readonly Candidates[], main: Candidates): readonly string[] {
  const newestMain = main.reading.states.at(-1)?.file.stamp ?? '';
  const later = storages.slice(0, -1).flatMap(({ reading, named }) => {
    const newest = reading.states.at(-1)?.file;
    return newest === undefined || newest.stamp <= newestMain || named.has(newest.name) ? [] : [newest.stamp];
  });
  return later.sort().slice(-1);
}

function pieceTogether(kind: SetPlaces['kind'], id: string, storages: readonly Candidates[]): PeerSet {
  const problems: string[] = [];
  const blobProblems: string[] = [];
  const parts = storages.flatMap((candidates): SetPart[] => {
    const { storage, states, blobs: backups } = candidates.reading;
    const state = states.findLast(({ file }) => file.stamp <= id);
    const stamp = storage.filestorage === undefined ? id : state?.file.stamp;
    if (stamp === undefined) return [];
    const blobs = findBlobBackup({ backups }, { at: stamp });
    const stray = strayBlobs(candidates, stamp, blobs);
    blobProblems.push(...stray);
    problems.push(...unfinished(candidates, state), ...stray);
    return [
      {
        storage: storage.name,
        filestorage: state === undefined ? undefined : filestoragePart(state),
        blobs: blobs === undefined ? undefined : blobPart(blobs),
      },
    ];
  });
  const timeMs = stampTime(id) ?? 0;
  const record: SetRecord = { version: 1, id, kind, startedMs: timeMs, finishedMs: timeMs, parts };
  return { record, problems, blobProblems };
}

/** Holdfast backs up the blobs of each moment under its stamp: one that has none, where it works, was left half-made. */
function strayBlobs(
  { reading, firstManifest }: Candidates,
  stamp: string,
  blobs: BlobBackup | undefined,
): readonly string[] {
  if (blobs?.stamp === undefined || blobs.stamp === stamp) return [];
  if (firstManifest === undefined || firstManifest > stamp) return [];
  return [`no blob backup of ${reading.storage.name} belongs to it: the run that made it did not end`];
}

/** The newest moment of a repository, made by Holdfast after other sets, has no record: its run did not end. */
function unfinished(
  { reading, named, firstRecord }: Candidates,
  state: State | undefined,
): readonly string[] {
  if (state?.file.record === undefined || named.has(state.file.name)) return [];
  if (reading.states.at(-1) !== state || firstRecord === undefined || firstRecord > state.file.stamp)
    return [];
  return [`no record names ${state.file.name}: the run that made it did not end`];
}

function filestoragePart(state: State): FilestoragePart {
  const { file, chain } = state;
  const { name, start, end, storedSize, md5, kind } = file;
  return {
    name,
    chain: chain.stamp,
    kind,
    start,
    end,
    storedSize,
    transactions: file.record?.transactions ?? 0,
    tid: lastTid(file),
    lineage: chain.record?.lineage,
    md5,
  };
}

/** Undefined also where a file on the way has no record: what it holds is not known without reading it. */
function lastTid(file: ChainFile): string | undefined {
  for (let at: ChainFile | undefined = file; at?.record !== undefined; at = at.parent) {
    if (at.record.last !== undefined) return at.record.last.tid;
  }
  return undefined;
}

function blobPart({ id, kind }: BlobBackup): BlobPart {
  const unknown = { files: 0, bytes: 0, addedFiles: 0, addedBytes: 0, missing: 0, missingBlobs: [] };
  return { id, style: kind, ...unknown, manifestSha256: '' };
}
