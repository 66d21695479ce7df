import type { BlobBackup, BlobLocation } from '@holdfast/blob-snapshot';
import type { Chain, ChainFile, Engine, Moment, Repository } from '@holdfast/filestorage-backup';
import type { BackupSet } from '../set.js';
import type { SetPlaces, StoragePlaces } from './places.js';

/** The sets of one kind as they were read, with what lies in each storage's places. */
export interface SetReading {
  readonly places: SetPlaces;
  readonly storages: readonly StorageReading[];
  /** Oldest first. */
  readonly sets: readonly BackupSet[];
  /** Names of all records, pins and checks in the place of the records. */
  readonly files: ReadonlySet<string>;
  /** What belongs to no single set: records that cannot be read. One sentence each. */
  readonly problems: readonly string[];
  /** Those of the problems that the system made: what lies there was not seen. Only of a tolerant reading. */
  readonly unread?: readonly string[];
}

export interface StorageReading {
  readonly storage: StoragePlaces;
  /** The filestorage engine on the storage's repository; undefined: only blobs are backed up. */
  readonly engine: Engine | undefined;
  /** Undefined: there is no repository. */
  readonly repository: Repository | undefined;
  /** What the repository can restore, oldest first. */
  readonly states: readonly State[];
  readonly stateByName: ReadonlyMap<string, State>;
  /** Oldest first. */
  readonly blobs: readonly BlobBackup[];
  /** Undefined: the storage has no blobs. */
  readonly blobLocation: BlobLocation | undefined;
}

/** A moment of a repository, without its path: thousands of them share one. */
export interface State {
  readonly file: ChainFile;
  readonly chain: Chain;
  /** Files on the way to it that have another size than was recorded. */
  readonly problems: readonly string[];
}

/** A part of a set, found. */
export interface FoundPart {
  readonly storage: StoragePlaces;
  readonly moment: Moment | undefined;
  readonly blobs: BlobBackup | undefined;
  /** What of it is missing or is not what was recorded: one sentence each. */
  readonly problems: readonly string[];
}

export function statesOf(repository: Repository | undefined): readonly State[] {
  return (repository?.chains ?? []).flatMap((chain) => {
    const recorded = new Map(chain.record?.files.map(({ name, storedSize }) => [name, storedSize]));
    const states = new Map<ChainFile, State>();
    for (const file of chain.files) {
      const before = file.parent === undefined ? [] : (states.get(file.parent)?.problems ?? []);
      const expected = file.gzip ? recorded.get(file.name) : file.end - file.start;
      const wrong = expected !== undefined && expected !== file.storedSize;
      const problems = wrong ? [...before, sizeProblem(file, expected)] : before;
      states.set(file, { file, chain, problems });
    }
    return [...states.values()];
  });
}

export function sizeProblem({ name, storedSize }: ChainFile, expected: number): string {
  return `${name} has ${storedSize} bytes, ${expected} were recorded`;
}

export function momentOf({ file, chain }: State): Moment {
  const path: ChainFile[] = [];
  for (let at: ChainFile | undefined = file; at !== undefined; at = at.parent) path.push(at);
  return { file, chain, path: path.reverse() };
}
