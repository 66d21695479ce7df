import {
  findSet,
  type ListData,
  listData,
  readConfiguration,
  readKinds,
  SET_KINDS,
  type SetReading,
  type ShowData,
  showData,
  type World,
} from '@holdfast/backup';
import { type Clock, nodeBulkFiles, nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { bestCodec } from '@holdfast/gzip-members';
import { type StatusData, statusData } from '@holdfast/monitor';
import type { ToolkitStorage } from '../storages.js';
import type { StatusSource } from '../toolkit.js';
import { withoutPathsIn } from '../without-paths.js';

/** What was read is good for so long. */
const FRESH_MS = 2000;

interface Read {
  readonly readings: Promise<readonly SetReading[]>;
  /** Of the clock's `monotonic`; undefined while it is read. */
  doneMs: number | undefined;
}

/** The sets of storages as `holdfast list` and `show` tell them. A site is read by one at a time, and its sets kept for a moment. */
export class SetSource {
  readonly #read = new Map<string, Read>();
  readonly #world: World;

  constructor(
    private readonly clock: Clock,
    private readonly statuses: StatusSource,
  ) {
    this.#world = { fs: nodeFileSystem, bulk: nodeBulkFiles, clock, codec: bestCodec };
  }

  /** @throws HoldfastError `toolkit.no-backups`, `repository.missing` */
  async list(storage: ToolkitStorage): Promise<ListData> {
    const { backups } = storage;
    if (backups?.kind === 'site') return withoutPathsIn(listData(await this.readings(backups.configFile)));
    const { sets, problems } = await this.status(storage);
    return withoutPathsIn({ sets: sets.map((set) => archiveData(storage.name, set)), problems });
  }

  /** @throws HoldfastError `toolkit.no-backups`, `repository.missing`, `sets.not-found` */
  async show(storage: ToolkitStorage, id: string): Promise<ShowData> {
    const { backups, name } = storage;
    if (backups?.kind === 'site') {
      const readings = await this.readings(backups.configFile);
      const set = findSet(
        readings.flatMap(({ sets }) => sets),
        id,
      );
      return withoutPathsIn(showData(readings.find(({ sets }) => sets.includes(set))!, set));
    }
    const archive = (await this.status(storage)).sets.find((set) => set.id === id);
    if (archive === undefined) throw new HoldfastError('sets.not-found', `there is no archive '${id}'`);
    const sizes = archive.storedBytes === null ? [] : [archive.storedBytes];
    const files = [{ storage: name, repository: null, files: [id], sizes, blobs: null }];
    return withoutPathsIn({ set: archiveData(name, archive), made: null, files });
  }

  /** @throws HoldfastError `toolkit.no-backups` */
  async status({ name, backups }: ToolkitStorage): Promise<StatusData> {
    const status = backups === undefined ? undefined : await this.statuses.status(name);
    if (status === undefined)
      throw new HoldfastError('toolkit.no-backups', `'${name}' is not backed up by this server`);
    return withoutPathsIn(statusData(status));
  }

  /** Something has changed. */
  forget(): void {
    this.#read.clear();
  }

  private readings(configFile: string): Promise<readonly SetReading[]> {
    const known = this.#read.get(configFile);
    if (
      known !== undefined &&
      (known.doneMs === undefined || this.clock.monotonic() - known.doneMs < FRESH_MS)
    )
      return known.readings;
    const read: Read = { readings: this.readSite(configFile), doneMs: undefined };
    this.#read.set(configFile, read);
    read.readings.then(
      () => {
        read.doneMs = this.clock.monotonic();
      },
      () => {
        if (this.#read.get(configFile) === read) this.#read.delete(configFile);
      },
    );
    return read.readings;
  }

  private async readSite(configFile: string): Promise<readonly SetReading[]> {
    const config = await readConfiguration(nodeFileSystem, { cwd: '/', file: configFile });
    return await readKinds(this.#world, config, SET_KINDS);
  }
}

/** An archive of a DirectoryStorage in the shape of a set; what a set has and it has not is null. */
function archiveData(storage: string, set: StatusData['sets'][number]): ListData['sets'][number] {
  const { id, time, kind, origin, pinned, verified, whole, problem } = set;
  return {
    id,
    time,
    kind,
    origin,
    storages: [{ storage, filestorage: null, blobs: null }],
    pinned,
    verified,
    problems: whole ? [] : [problem ?? 'it is not whole'],
  };
}
