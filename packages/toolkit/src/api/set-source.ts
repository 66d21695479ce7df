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
import { nodeBulkFiles } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { bestCodec } from '@holdfast/gzip-members';
import { type StatusData, statusData } from '@holdfast/monitor';
import { readInTime } from '../status-source.js';
import type { ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';

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
  /** When nobody reads the site any more: two readings would be two threads that a hung disk keeps. */
  readonly #idle = new Map<string, Promise<unknown>>();
  readonly #world: World;

  constructor(private readonly toolkit: Pick<Toolkit, 'clock' | 'fs' | 'paths' | 'statuses'>) {
    const { fs, clock } = toolkit;
    this.#world = { fs, bulk: nodeBulkFiles, clock, codec: bestCodec };
  }

  /** @throws HoldfastError `toolkit.no-backups`, `repository.missing`, `toolkit.server`: not in time */
  async list(storage: ToolkitStorage): Promise<ListData> {
    const { backups } = storage;
    const { paths } = this.toolkit;
    if (backups?.kind === 'site') return paths.data(listData(await this.readings(backups.configFile)));
    const { sets, problems } = await this.status(storage);
    return paths.data({ sets: sets.map((set) => archiveData(storage.name, set)), problems });
  }

  /** @param id or its beginning @throws HoldfastError as `list`, and `sets.not-found` */
  async show(storage: ToolkitStorage, id: string): Promise<ShowData> {
    const { backups, name } = storage;
    const { paths } = this.toolkit;
    if (backups?.kind === 'site') {
      const readings = await this.readings(backups.configFile);
      const set = findSet(
        readings.flatMap(({ sets }) => sets),
        id,
      );
      return paths.data(showData(readings.find(({ sets }) => sets.includes(set))!, set));
    }
    const archive = findSet((await this.status(storage)).sets, id);
    const sizes = archive.storedBytes === null ? [] : [archive.storedBytes];
    const files = [{ storage: name, repository: null, files: [archive.id], sizes, blobs: null }];
    return paths.data({ set: archiveData(name, archive), made: null, files });
  }

  /** @throws HoldfastError `toolkit.no-backups`, `toolkit.server`: not in time */
  async status({ name, backups }: ToolkitStorage): Promise<StatusData> {
    const status = backups === undefined ? undefined : await this.toolkit.statuses.status(name);
    if (status === undefined)
      throw new HoldfastError('toolkit.no-backups', `'${name}' is not backed up by this server`);
    return this.toolkit.paths.data(statusData(status));
  }

  /** Something has changed. */
  forget(): void {
    this.#read.clear();
  }

  private readings(configFile: string): Promise<readonly SetReading[]> {
    return readInTime(this.latest(configFile));
  }

  private latest(configFile: string): Promise<readonly SetReading[]> {
    const { clock } = this.toolkit;
    const known = this.#read.get(configFile);
    if (known !== undefined && (known.doneMs === undefined || clock.monotonic() - known.doneMs < FRESH_MS))
      return known.readings;
    const idle = this.#idle.get(configFile) ?? Promise.resolve();
    const read: Read = { readings: idle.then(() => this.readSite(configFile)), doneMs: undefined };
    this.#read.set(configFile, read);
    const ended = read.readings.then(
      () => {
        read.doneMs = clock.monotonic();
      },
      () => {
        if (this.#read.get(configFile) === read) this.#read.delete(configFile);
      },
    );
    this.#idle.set(configFile, ended);
    return read.readings;
  }

  private async readSite(configFile: string): Promise<readonly SetReading[]> {
    const config = await readConfiguration(this.toolkit.fs, { cwd: '/', file: configFile });
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
