import type { BlobBackup } from '@holdfast/blob-snapshot';
import {
  type Chain,
  type ChainFile,
  type Engine,
  parseDataName,
  type Repository,
  stampOf,
} from '@holdfast/filestorage-backup';
import type { Removal } from '../../src/retention/plan.js';
import type { SetPart, SetRecord } from '../../src/set-record.js';
import { assembleSets } from '../../src/sets/assemble.js';
import { parseSetFileName } from '../../src/sets/names.js';
import { type SetReading, type StorageReading, statesOf } from '../../src/sets/reading.js';

/** Files of a site by their names alone: what is needed to plan with, and to see what a plan would leave. */
export interface Scene {
  /** The main one last. */
  readonly storages: readonly SceneStorage[];
  readonly records: readonly SetRecord[];
  readonly pins: ReadonlySet<string>;
  /** Ids of sets that were checked and found sound. */
  readonly verified: ReadonlySet<string>;
  /** Whether only blobs are backed up. */
  readonly onlyBlobs?: boolean;
}

export interface SceneStorage {
  readonly name: string;
  /** Oldest first; names of data files, the full first. */
  readonly chains: readonly SceneChain[];
  readonly blobs: readonly BlobBackup[];
}

export interface SceneChain {
  readonly lineage: string | undefined;
  readonly files: readonly string[];
}

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

/** The stamp of a day of November 2026 (which may be beyond its end, or before it) and an hour of that day. */
export function at(day: number, hour = 2): string {
  return stampOf(Date.UTC(2026, 10, day, hour));
}

/** Names of a full backup and increments of it. */
export function chain(stamps: readonly string[], lineage: string | undefined = 'L'): SceneChain {
  return { lineage, files: stamps.map((stamp, index) => `${stamp}.${index === 0 ? '' : 'delta'}fsz`) };
}

export function tree(stamp: string, more: Partial<BlobBackup> = {}): BlobBackup {
  const id = `blobstorage.${stamp}`;
  const path = `/blobs/${id}`;
  const manifest = `${path}/manifest.holdfast`;
  return {
    id,
    kind: 'tree',
    path,
    base: 'blobstorage',
    stamp,
    number: undefined,
    modifiedMs: 0,
    manifest,
    before: [],
    ...more,
  };
}

/** A later state that shares the tree of the first of `before`. */
export function pool(stamp: string, before: readonly BlobBackup[]): BlobBackup {
  const { path, id } = before[0]!;
  return tree(stamp, { id: `${id}@${stamp}`, kind: 'pool', path, before });
}

/** A site of the main storage alone, as Holdfast leaves it: each file is a set; `blobs`: each has a tree. */
export function sceneOf(
  chains: readonly SceneChain[],
  { blobs = false, more = {} }: { readonly blobs?: boolean; readonly more?: Partial<Scene> } = {},
): Scene {
  const stamps = chains.flatMap(({ files }) => files.map((name) => parseDataName(name)!.stamp));
  const trees = blobs ? stamps.map((stamp) => tree(stamp)) : [];
  const storages = [{ name: 'main', chains, blobs: trees }];
  const bare: Scene = { storages, records: [], pins: new Set(), verified: new Set() };
  const records = readingOf(bare).sets.map(({ record }) => record);
  return { ...bare, records, ...more };
}

/** The records that would be there had each set of the peers been made by Holdfast. */
export function withRecords(scene: Scene): Scene {
  const bare = { ...scene, records: [] };
  const records = readingOf(bare).sets.map(({ record }) => ({
    ...record,
    parts: record.parts.map(
      (part): SetPart => ({
        ...part,
        blobs: part.blobs && { ...part.blobs, manifestSha256: 'x' },
      }),
    ),
  }));
  return { ...scene, records };
}

export function readingOf(scene: Scene): SetReading {
  const storages = scene.storages.map((storage) => readStorage(storage, scene.onlyBlobs === true));
  const places = {
    kind: 'backup' as const,
    record: '/records',
    storages: storages.map(({ storage }) => storage),
  };
  const verifications = new Map(
    [...scene.verified].map((id) => [id, { timeMs: 0, level: 'deep', sound: true }]),
  );
  const files = new Set([
    ...scene.records.map(({ id }) => `${id}.holdfast-set`),
    ...[...scene.pins].map((id) => `${id}.holdfast-keep`),
    ...[...scene.verified].map((id) => `${id}.holdfast-verified`),
  ]);
  const { records, pins } = scene;
  return assembleSets(places, storages, { files, records, pins, verifications, problems: [] });
}

function readStorage({ name, chains, blobs }: SceneStorage, onlyBlobs: boolean): StorageReading {
  const read = chains.filter(({ files }) => files.length > 0).map(readChain);
  const repository: Repository = {
    location: `/backups/${name}`,
    chains: read,
    withoutFull: [],
    toMeasure: [],
    datTexts: new Map(
      read.map(({ stamp, files }) => [
        `${stamp}.dat`,
        files.map((file) => `${file.name} ${file.start} ${file.end} ${MD5}\n`).join(''),
      ]),
    ),
    files: read.flatMap(({ stamp, files, record }) => [
      ...files.map((file) => ({ name: file.name, size: file.storedSize, modifiedMs: 0 })),
      { name: `${stamp}.dat`, size: 1, modifiedMs: 0 },
      ...(record === undefined ? [] : [{ name: `${stamp}.holdfast`, size: 1, modifiedMs: 0 }]),
    ]),
  };
  const states = statesOf(onlyBlobs ? undefined : repository);
  return {
    storage: { name, filestorage: onlyBlobs ? undefined : `/backups/${name}`, blobs: `/blobs/${name}` },
    engine: onlyBlobs ? undefined : ({} as Engine),
    repository: onlyBlobs ? undefined : repository,
    states,
    stateByName: new Map(states.map((state) => [state.file.name, state])),
    blobs,
    blobLocation: undefined,
  };
}

function readChain({ lineage, files: names }: SceneChain): Chain {
  const files: ChainFile[] = [];
  for (const [index, name] of names.entries()) {
    const range = { start: index * 100, end: (index + 1) * 100, md5: MD5 };
    files.push({
      ...parseDataName(name)!,
      ...range,
      storedSize: 50,
      line: undefined,
      record: undefined,
      parent: files.at(-1),
    });
  }
  const record = lineage === undefined ? undefined : { lineage, source: undefined, files: [] };
  return {
    stamp: files[0]!.stamp,
    files,
    detached: [],
    problems: [],
    datState: 'whole',
    record,
    straight: true,
  };
}

/** What is there when these steps were done. */
export function after(scene: Scene, removals: readonly Removal[]): Scene {
  const gone = new Set(removals.flatMap(goneBy));
  const setFile = (id: string, ending: string) => !gone.has(`set ${id}.holdfast-${ending}`);
  return {
    ...scene,
    records: scene.records.filter(({ id }) => setFile(id, 'set')),
    verified: new Set([...scene.verified].filter((id) => setFile(id, 'verified'))),
    storages: scene.storages.map(({ name, chains, blobs }) => ({
      name,
      chains: chains
        .map(({ lineage, files }) => ({
          lineage,
          files: files.filter((file) => !gone.has(`${name} ${file}`)),
        }))
        .filter(({ files }) => files.length > 0),
      blobs: blobs.filter(({ id }) => !gone.has(`${name} blobs ${id}`)),
    })),
  };
}

function goneBy(removal: Removal): readonly string[] {
  switch (removal.kind) {
    case 'set-file':
      if (parseSetFileName(removal.name) === undefined) throw new Error(`${removal.name} is no name of ours`);
      return [`set ${removal.name}`];
    case 'filestorage':
      return removal.step.kind === 'remove' ? [`${removal.storage} ${removal.step.name}`] : [];
    case 'blobs':
      return [`${removal.storage} blobs ${removal.backup.id}`];
  }
}
