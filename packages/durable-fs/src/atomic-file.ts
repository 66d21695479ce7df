import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { FileSystem, OpenFile } from './file-system.js';
import { exists, removeIfThere } from './if-there.js';
import { writeAll } from './transfer.js';

/** How the names of unfinished files begin; `removeLeftovers` knows them by it. */
const TEMPORARY_PREFIX = '.holdfast-tmp-';

const FLUSH_EVERY = 128 << 20;
/** Random hex digits between the prefix and the name that the file is to have. */
const RANDOM_DIGITS = 12;
/** Bytes that a name may have on Linux's file systems. */
const LONGEST_NAME = 255;

export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX);
}

export interface AtomicFileOptions {
  /** Permission bits of the file, exactly (the umask is overruled). Default 0600. */
  readonly mode?: number;
  /** Owner and group. Default: those of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Time of modification, milliseconds since 1970. Default: when it was written. */
  readonly mtimeMs?: number;
  /** Replace a file of that name. Default: `fs.exists`. */
  readonly replace?: boolean;
}

/**
 * A file that appears under its name only when it is whole: written under a temporary name beside it, synced,
 * its size compared, given its name in one step, the directory synced.
 *
 *     const file = await AtomicFile.create(fs, path);
 *     try {
 *       await file.append(bytes);
 *       await file.seal();     // durable, but still without its name
 *       await file.publish();  // has its name, durably
 *     } finally {
 *       await file.dispose();  // removes the temporary file unless it was published
 *     }
 */
export class AtomicFile {
  #size = 0;
  #closed = false;
  #flushedAt = 0;
  /** A sync under way; a failed one fails the seal. */
  #flushing = Promise.resolve();
  #state: 'open' | 'sealed' | 'published' | 'disposed' = 'open';

  private constructor(
    private readonly fs: FileSystem,
    readonly path: string,
    private readonly temporary: string,
    private readonly file: OpenFile,
    private readonly options: AtomicFileOptions,
  ) {}

  static async create(fs: FileSystem, path: string, options: AtomicFileOptions = {}): Promise<AtomicFile> {
    const name = `${TEMPORARY_PREFIX}${randomBytes(RANDOM_DIGITS / 2).toString('hex')}-${basename(path)}`;
    const temporary = join(dirname(path), cutToBytes(name, LONGEST_NAME));
    return new AtomicFile(fs, path, temporary, await fs.create(temporary, 0o600), options);
  }

  /** Bytes appended so far. */
  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.expect('open');
    const at = this.#size;
    this.#size += bytes.length;
    await writeAll(this.file, bytes, at);
    if (this.#size - this.#flushedAt >= FLUSH_EVERY) this.flushBehind();
  }

  /** Large files go to the disk while they are written, so that the sync at the end finds little left to do. */
  private flushBehind(): void {
    this.#flushedAt = this.#size;
    this.#flushing = this.#flushing.then(() => this.file.sync());
    this.#flushing.catch(() => {});
  }

  /** Makes the content durable and closes the file: nothing can be appended, and no late error can come. */
  async seal(): Promise<void> {
    this.expect('open');
    const { mode = 0o600, mtimeMs, owner } = this.options;
    // The owner first: a change of owner takes bits off the mode.
    if (owner !== undefined) await this.file.chown(owner.uid, owner.gid);
    await this.file.chmod(mode);
    if (mtimeMs !== undefined) await this.file.utimes(mtimeMs, mtimeMs);
    await this.#flushing;
    await this.file.sync();
    const { size } = await this.file.stat();
    if (size !== this.#size) {
      const message = `${this.path} has ${size} bytes on disk where ${this.#size} were written`;
      throw new HoldfastError('fs.io', message, { path: this.path });
    }
    await this.closeOnce();
    this.#state = 'sealed';
  }

  /** Gives the sealed file its name. Without `replace`, a name that is taken is `fs.exists` and nothing changes. */
  async publish(): Promise<void> {
    if (this.#state === 'open') await this.seal();
    this.expect('sealed');
    if (this.options.replace === true) await this.fs.rename(this.temporary, this.path);
    else await renameWithoutReplacing(this.fs, this.temporary, this.path);
    this.#state = 'published';
    await this.fs.syncDirectory(dirname(this.path));
  }

  /** Removes what was not published; safe to call at any time and twice. */
  async dispose(): Promise<void> {
    if (this.#state === 'disposed') return;
    const published = this.#state === 'published';
    this.#state = 'disposed';
    if (published) return;
    try {
      await this.closeOnce();
    } catch {
      // The content is thrown away; what went wrong before is the error to tell.
    } finally {
      await removeIfThere(this.fs, this.temporary);
    }
  }

  private async closeOnce(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushing.catch(() => {});
    await this.file.close();
  }

  private expect(state: 'open' | 'sealed'): void {
    if (this.#state !== state) {
      throw new HoldfastError(
        'internal',
        `an atomic file that is ${this.#state} was used as if it were ${state}`,
        {
          path: this.path,
        },
      );
    }
  }
}

/** The beginning of a name that fits, cut between characters. */
function cutToBytes(name: string, most: number): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= most) return name;
  let end = most;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Writes one small file atomically and durably. */
export async function publishFile(
  fs: FileSystem,
  path: string,
  content: Uint8Array | string,
  options: AtomicFileOptions = {},
): Promise<void> {
  const file = await AtomicFile.create(fs, path, options);
  try {
    await file.append(typeof content === 'string' ? Buffer.from(content) : content);
    await file.publish();
  } finally {
    await file.dispose();
  }
}

/**
 * Renames without ever replacing: link, then unlink. Where links are not possible, the name is looked up first
 * (then only the caller's lock keeps another writer out between the two).
 */
export async function renameWithoutReplacing(fs: FileSystem, from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.cannot-link') && !isHoldfastError(error, 'fs.permission')) throw error;
    if (await exists(fs, to))
      throw new HoldfastError('fs.exists', `cannot make ${to}: it exists already`, { path: to });
    await fs.rename(from, to);
    return;
  }
  await fs.unlink(from);
}

/**
 * Removes temporary files that a killed process left in a directory. Call it only while holding the lock of what they
 * were to become: of the directory, or with `only` of the files of these names.
 */
export async function removeLeftovers(
  fs: FileSystem,
  directory: string,
  only?: readonly string[],
): Promise<readonly string[]> {
  const entries = await fs.readDirectory(directory);
  const names = entries
    .filter(({ name, kind }) => kind === 'file' && isTemporaryName(name))
    .map(({ name }) => name)
    .filter(
      (name) => only === undefined || only.includes(name.slice(TEMPORARY_PREFIX.length + RANDOM_DIGITS + 1)),
    );
  for (const name of names) await removeIfThere(fs, join(directory, name));
  return names;
}
