import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { removeTree } from '@holdfast/blob-snapshot';
import { exists } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { World } from '../run/world.js';
import { publishClaims } from './journal.js';
import type { Work } from './work.js';

/** The work directories of one restore, made and claimed; gone at the end, unless a journal still needs them. */
export class WorkDirectories implements AsyncDisposable {
  #needed = false;

  private constructor(
    private readonly world: World,
    readonly id: string,
    readonly works: readonly Work[],
  ) {}

  /** The first thing that a restore makes: a directory that cannot be written to is found before any work is done. */
  static async make(world: World, works: readonly Work[]): Promise<WorkDirectories> {
    const made = new WorkDirectories(world, randomBytes(8).toString('hex'), works);
    try {
      for (const { path } of works) {
        await world.fs.makeDirectory(path, 0o700);
        await world.fs.syncDirectory(dirname(path));
      }
      await publishClaims(world.fs, made.id, works);
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** While the journal may be there: killed or struck now, the next restore does what is left to do. */
  keep(): void {
    this.#needed = true;
  }

  /** The journal is gone for certain. */
  release(): void {
    this.#needed = false;
  }

  /** Removes them; what cannot be removed is a warning, for what was to be done is done. */
  async remove(): Promise<readonly string[]> {
    if (this.#needed) return [];
    this.#needed = true;
    try {
      await removeWorks(this.world, this.works);
      return [];
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      return [
        `what the restore worked with is not all removed: ${error.message}; the next restore removes it`,
      ];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

export async function removeWorks({ fs, bulk }: World, works: readonly Work[]): Promise<void> {
  for (const { path } of works) {
    if (!(await exists(fs, path))) continue;
    await removeTree({ bulk }, path);
    await fs.syncDirectory(dirname(path));
  }
}
