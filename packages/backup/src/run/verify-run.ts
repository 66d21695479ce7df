import { isAbsolute } from 'node:path';
import {
  type BlobBackup,
  type BlobCheckLevel,
  type Findings,
  type KnownDigests,
  PairCheck,
  verifyBlobs,
} from '@holdfast/blob-snapshot';
import { isHoldfastError } from '@holdfast/errors';
import { type VerifyLevel, type VerifyReport, verify } from '@holdfast/filestorage-backup';
import type { Configuration, SetKind } from '../config.js';
import { type RunEnd, recorded } from '../history/recorded.js';
import type { BackupSet } from '../set.js';
import { partsOf } from '../sets/assemble.js';
import { setPlaces } from '../sets/places.js';
import { readSets } from '../sets/read-sets.js';
import type { FoundPart, SetReading, StorageReading } from '../sets/reading.js';
import { type DamagedBlobs, recordVerification } from '../sets/set-store.js';
import { type ReferencesByEnd, referencesOfChain } from './pair-of-moment.js';
import { grouped, sentences } from './verify-words.js';
import { blobEngine, type World } from './world.js';

export interface VerifyRun {
  readonly config: Configuration;
  readonly kind: SetKind;
  readonly level: Extract<VerifyLevel, BlobCheckLevel>;
}

export interface VerifyRunReport {
  /** Files of filestorage backups, and backups of blobs with their files. */
  readonly files: number;
  readonly blobBackups: number;
  readonly blobFiles: number;
  /** Bytes of filestorage backups that were read. */
  readonly bytes: number;
  readonly sets: readonly { readonly set: BackupSet; readonly sound: boolean }[];
  /** What keeps something from being restored: one sentence each. */
  readonly problems: readonly string[];
  /** What does not, but should be looked at. */
  readonly warnings: readonly string[];
}

/**
 * Checks everything of one kind: the filestorage backups of every storage, each backup of blobs, and for each set
 * whether its blobs and its `Data.fs` fit together (but for `quick`). What was found is written down with each set,
 * where that can be written, and the run is added to the history.
 */
export async function verifySets(world: World, run: VerifyRun): Promise<VerifyRunReport> {
  const places = setPlaces(run.config, run.kind);
  const begun = { kind: 'verify', setKind: run.kind, level: run.level, place: places.record } as const;
  return await recorded(
    world,
    begun,
    async () => await new Verification(world, run, await readSets(world, places)).run(),
    endOf,
  );
}

/** Of a check that came to its end: it failed where it found something. */
function endOf({ sets, bytes, problems }: VerifyRunReport): RunEnd | undefined {
  if (sets.length === 0 && problems.length === 0) return undefined;
  const end = { set: sets.at(-1)?.set.id, bytes };
  if (problems.length === 0) return end;
  const more = problems.length === 1 ? '' : `, and ${problems.length - 1} more`;
  return { ...end, result: 'failed', code: 'repository.verify-failed', message: `${problems[0]}${more}` };
}

class Verification {
  readonly #problems: string[] = [];
  readonly #warnings: string[] = [];
  /** Files and blob backups that are damaged, by storage and name. */
  readonly #damaged = new Set<string>();
  /** What is damaged of a blob backup, or of the blobs of a set, by storage and its name. */
  readonly #damagedBlobs = new Map<string, DamagedBlobs>();
  /** Of chains, by storage and stamp. */
  readonly #references = new Map<string, ReferencesByEnd>();
  /** Trees share most of their files. */
  readonly #known: KnownDigests = new Map();
  #files = 0;
  #bytes = 0;
  #blobBackups = 0;
  #blobFiles = 0;

  constructor(
    private readonly world: World,
    private readonly request: VerifyRun,
    private readonly reading: SetReading,
  ) {}

  async run(): Promise<VerifyRunReport> {
    const { reading } = this;
    this.#problems.push(...reading.problems);
    this.#warnings.push(...strangersIn(reading.sets));
    for (const storage of reading.storages) await this.filestorage(storage);
    if (this.request.level !== 'quick') await this.collectReferences();
    for (const storage of reading.storages) await this.blobs(storage);
    const sets = reading.sets.map((set) => ({ set, sound: this.judge(set) }));
    await this.writeDown(sets);
    return {
      files: this.#files,
      blobBackups: this.#blobBackups,
      blobFiles: this.#blobFiles,
      bytes: this.#bytes,
      sets,
      problems: [...new Set(this.#problems)],
      warnings: [...new Set(this.#warnings)],
    };
  }

  private async filestorage({ storage, engine, repository }: StorageReading): Promise<void> {
    if (engine === undefined || repository === undefined || repository.files.length === 0) return;
    const report = await verifyRepository(engine, this.request.level);
    if (report === undefined) return;
    this.#files += report.files.length;
    this.#bytes += report.bytes;
    this.#problems.push(...report.problems);
    for (const { name, error } of report.files) {
      if (error === undefined) continue;
      this.#problems.push(error);
      this.#damaged.add(keyOf(storage.name, name));
    }
  }

  /** Each chain that a set with blobs is restored from is read once. */
  private async collectReferences(): Promise<void> {
    const wanted = new Map<string, { readonly parts: FoundPart[]; readonly storage: StorageReading }>();
    for (const set of this.reading.sets) {
      for (const part of partsOf(this.reading, set)) {
        if (part.moment === undefined || part.blobs === undefined || this.isDamaged(part)) continue;
        const storage = this.reading.storages.find((one) => one.storage.name === part.storage.name)!;
        const key = keyOf(part.storage.name, part.moment.chain.stamp);
        const known = wanted.get(key);
        if (known === undefined) wanted.set(key, { parts: [part], storage });
        else known.parts.push(part);
      }
    }
    for (const [key, { parts, storage }] of wanted) {
      const last = parts.reduce((a, b) => (b.moment!.file.end > a.moment!.file.end ? b : a)).moment!;
      const ends = new Set(parts.map(({ moment }) => moment!.file.end));
      this.#references.set(key, await referencesOfChain(storage.engine!, last, ends));
    }
  }

  private async blobs({ storage, blobs, blobLocation }: StorageReading): Promise<void> {
    for (const { path, reason } of blobLocation?.damaged ?? []) this.#problems.push(`${path}: ${reason}`);
    for (const name of blobLocation?.foreign ?? [])
      this.#warnings.push(`${blobLocation!.path}/${name} is no backup of Holdfast's or the recipe's`);
    for (const backup of blobs) await this.blobBackup(storage.name, backup);
  }

  private async blobBackup(storage: string, backup: BlobBackup): Promise<void> {
    const pairs = this.pairsOf(storage, backup);
    const report = await verifyBlobs(blobEngine(this.world), {
      backup,
      level: this.request.level,
      known: this.#known,
      alone: backup.kind === 'delta',
      live: this.request.config.storages.find(({ name }) => name === storage)?.blobStorage,
      onEntry: (entry) => {
        for (const { check } of pairs) check.entry(entry);
      },
    });
    this.#blobBackups += 1;
    this.#blobFiles += report.files;
    this.#problems.push(...sentences(backup, report.problems));
    this.#warnings.push(...grouped(backup, report.warnings), ...grouped(backup, report.foreign));
    if (!report.sound) {
      this.#damaged.add(keyOf(storage, backup.id));
      this.#damagedBlobs.set(keyOf(storage, backup.id), pathsOf(report.problems));
    }
    for (const { check, set, known } of pairs) this.judgePair(storage, set, known, check);
  }

  /** Sets whose blobs lie in this backup. */
  private pairsOf(storage: string, backup: BlobBackup) {
    return this.reading.sets.flatMap((set) =>
      partsOf(this.reading, set).flatMap((part) => {
        if (part.storage.name !== storage || part.blobs?.id !== backup.id || part.moment === undefined)
          return [];
        const { chain, file } = part.moment;
        const references = this.#references.get(keyOf(storage, chain.stamp))?.get(file.end);
        if (references === undefined) return [];
        const recorded = set.record.parts.find((one) => one.storage === storage)?.blobs;
        return [{ set, known: recorded?.missing ?? 0, check: new PairCheck(references) }];
      }),
    );
  }

  private judgePair(storage: string, set: BackupSet, known: number, check: PairCheck): void {
    const { missing } = check.report();
    if (missing.count === 0) return;
    const first = missing.items[0]!;
    const what = `${missing.count} blobs that its Data.fs refers to are not in its blob backup, the first oid 0x${first.oid} of transaction 0x${first.tid}`;
    if (missing.count <= known) {
      this.#warnings.push(`set ${set.id}: ${what}; the backup did not find them, either`);
      return;
    }
    this.#problems.push(`set ${set.id}: ${what}`);
    this.#damaged.add(set.id);
    this.#damagedBlobs.set(keyOf(storage, set.id), 'all');
  }

  private isDamaged({ storage, moment, blobs }: FoundPart): boolean {
    const names = [
      ...(moment?.path ?? []).map(({ name }) => name),
      ...(blobs === undefined ? [] : [blobs.id, ...continued(blobs)]),
    ];
    return names.some((name) => this.#damaged.has(keyOf(storage.name, name)));
  }

  private judge(set: BackupSet): boolean {
    for (const problem of set.problems) this.#problems.push(`set ${set.id}: ${problem}`);
    if (set.problems.length > 0 || this.#damaged.has(set.id)) return false;
    return !partsOf(this.reading, set).some((part) => this.isDamaged(part));
  }

  /** For the next backup, which does not link to them. */
  private damagedBlobsOf(set: BackupSet): ReadonlyMap<string, DamagedBlobs> {
    const found = partsOf(this.reading, set).flatMap(({ storage: { name }, blobs }) => {
      const damaged =
        this.#damagedBlobs.get(keyOf(name, set.id)) ??
        (blobs === undefined ? undefined : this.#damagedBlobs.get(keyOf(name, blobs.id)));
      return damaged === undefined ? [] : [[name, damaged] as const];
    });
    return new Map(found);
  }

  /** A repository that cannot be written is checked all the same. */
  private async writeDown(sets: VerifyRunReport['sets']): Promise<void> {
    const { fs, clock } = this.world;
    const { level } = this.request;
    for (const { set, sound } of sets) {
      try {
        const found = { timeMs: clock.now(), level, sound };
        await recordVerification(fs, this.reading.places.record, set.id, found, this.damagedBlobsOf(set));
      } catch (error) {
        if (!isHoldfastError(error, 'fs.read-only') && !isHoldfastError(error, 'fs.permission')) throw error;
        return;
      }
    }
  }
}

function strangersIn(sets: readonly BackupSet[]): readonly string[] {
  return [...new Set(sets.flatMap(({ strangers }) => strangers))].map(
    (name) => `the storage ${name}, which some sets hold, is not in the configuration: it was not checked`,
  );
}

async function verifyRepository(
  engine: Parameters<typeof verify>[0],
  level: VerifyLevel,
): Promise<VerifyReport | undefined> {
  try {
    return await verify(engine, { level });
  } catch (error) {
    if (isHoldfastError(error, 'repository.no-backup')) return undefined;
    throw error;
  }
}

/** Those below the blob directory; where others are among them, or not all are named, all of it counts. */
function pathsOf({ count, items }: Findings): DamagedBlobs {
  if (count > items.length || items.some(({ path }) => isAbsolute(path))) return 'all';
  return items.map(({ path }) => path);
}

/** What a delta is restored after: checked by itself, but a set needs it. */
function continued({ kind, before }: BlobBackup): readonly string[] {
  return kind === 'delta' ? before.map(({ id }) => id) : [];
}

function keyOf(storage: string, name: string): string {
  return `${storage}\0${name}`;
}
