import type { BlobBackup } from '@holdfast/blob-snapshot';
import { parseDataName } from '@holdfast/filestorage-backup';
import type { BlobPart, FilestoragePart, SetPart, SetRecord } from '../set-record.js';
import { type State, type StorageReading, sizeProblem } from './reading.js';

/** What a part of a record names, in what was read. */
export interface LocatedPart {
  readonly reading: StorageReading;
  readonly state: State | undefined;
  readonly blobs: BlobBackup | undefined;
  readonly problems: readonly string[];
  /** Those of the problems that are of its backup of blobs. */
  readonly blobProblems: readonly string[];
}

/** Finds the files that a record names, and says what is not as it was recorded. Pure. */
export function locateParts(record: SetRecord, storages: readonly StorageReading[]): readonly LocatedPart[] {
  return record.parts.flatMap((part): LocatedPart[] => {
    const reading = storages.find(({ storage }) => storage.name === part.storage);
    return reading === undefined ? [] : [locatePart(record, part, reading)];
  });
}

/** Storages that a record names and the configuration does not. */
export function strangers(record: SetRecord, storages: readonly StorageReading[]): readonly string[] {
  const known = new Set(storages.map(({ storage }) => storage.name));
  return record.parts.map(({ storage }) => storage).filter((name) => !known.has(name));
}

function locatePart(record: SetRecord, part: SetPart, reading: StorageReading): LocatedPart {
  const { filestorage, blobs } = part;
  const state = filestorage === undefined ? undefined : reading.stateByName.get(filestorage.name);
  const stamp = filestorage === undefined ? record.id : parseDataName(filestorage.name)!.stamp;
  const found = blobs === undefined ? undefined : findBlobs(blobs, stamp, reading.blobs);
  const dataProblems = filestorage === undefined ? [] : stateProblems(filestorage, state, reading);
  const blobProblems =
    blobs === undefined || found !== undefined
      ? []
      : [`the blob backup ${blobs.id} is missing${placeOf(reading.storage.blobs)}`];
  return { reading, state, blobs: found, problems: [...dataProblems, ...blobProblems], blobProblems };
}

function stateProblems(
  part: FilestoragePart,
  state: State | undefined,
  { repository, storage }: StorageReading,
): readonly string[] {
  if (state === undefined) {
    const present = repository?.files.some(({ name }) => name === part.name) === true;
    return [
      present
        ? `${part.name} cannot be restored: see \`holdfast verify\``
        : `${part.name} is missing${placeOf(storage.filestorage)}`,
    ];
  }
  const { file, problems } = state;
  if (problems.length > 0) return problems;
  if (file.storedSize !== part.storedSize) return [sizeProblem(file, part.storedSize)];
  if (file.start === part.start && file.end === part.end && file.md5 === part.md5) return [];
  return [`${part.name} is not the file that was recorded`];
}

function placeOf(directory: string | undefined): string {
  return directory === undefined ? '' : ` in ${directory}`;
}

/** Rotated ones change their name with every backup after them, so they are known by the stamp of their manifest. */
export function findBlobs(
  part: BlobPart,
  stamp: string,
  backups: readonly BlobBackup[],
): BlobBackup | undefined {
  return (
    backups.find(({ id, number }) => number === undefined && id === part.id) ??
    backups.find((backup) => isRotated(backup, part, stamp)) ??
    (part.manifestSha256 === '' ? backups.find(({ id }) => id === part.id) : undefined)
  );
}

function isRotated(backup: BlobBackup, part: BlobPart, stamp: string): boolean {
  const sameStyle = (backup.kind === 'archive') === (part.style === 'archive');
  return backup.number !== undefined && backup.stamp === stamp && sameStyle;
}
