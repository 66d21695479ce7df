import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { libdeflateCodec } from '@holdfast/gzip-members';
import { warm } from '../../files.js';
import type { Options } from '../../options.js';
import type { Programs } from '../../programs.js';
import { Repositories } from '../../repositories.js';
import { Storage } from '../../storage.js';

/** A storage and repositories of it. */
export interface Place {
  readonly storage: Storage;
  readonly repositories: Repositories;
}

/** What the scenarios of this suite work with. Storages are made when a scenario first asks for them. */
export class Site {
  /** Whether the C library is there that Holdfast compresses with where it can. */
  readonly libdeflate = libdeflateCodec() !== undefined;
  private readonly places = new Map<number, Promise<Place>>();
  private readonly scratch: string;

  constructor(
    readonly programs: Programs,
    private readonly options: Options,
    private readonly tell: (text: string) => void,
  ) {
    this.scratch = join(options.targetDirectory, `work-${process.pid}`);
  }

  /** The storage that both programs work on. */
  main(): Promise<Place> {
    return this.place(this.options.size);
  }

  /** The one that is larger. */
  large(): Promise<Place> {
    return this.place(this.options.large);
  }

  /** A path for one contender's work. */
  work(scenario: string, contender: string): string {
    return join(this.scratch, scenario, contender.replaceAll(/\W+/g, '-'));
  }

  /** Takes away what a scenario made. */
  async clear(scenario: string): Promise<void> {
    await rm(join(this.scratch, scenario), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await rm(this.scratch, { recursive: true, force: true });
  }

  private place(size: number): Promise<Place> {
    const place = this.places.get(size) ?? this.makePlace(size);
    this.places.set(size, place);
    return place;
  }

  private async makePlace(size: number): Promise<Place> {
    const storage = await Storage.open(this.options.targetDirectory, size, this.tell);
    await warm([storage.path]);
    const scratch = join(this.scratch, `repositories-${size}`);
    return { storage, repositories: new Repositories(this.programs, storage, scratch, this.tell) };
  }
}
