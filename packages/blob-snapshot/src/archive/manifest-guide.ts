import { HoldfastError } from '@holdfast/errors';
import type { BlobEngine } from '../engine.js';
import type { BlobEntry } from '../entry.js';
import { readManifestLines } from '../manifest.js';
import { LineCursor } from '../manifest-merge.js';
import type { TarMember } from './tar-reader.js';

/**
 * Goes through the manifest of one archive beside its members, which come in the same order: what is not in both is
 * damage, so an archive can hold neither more nor other files than were recorded.
 */
export class ManifestGuide implements AsyncDisposable {
  private readonly cursor: LineCursor;

  private constructor(
    engine: Pick<BlobEngine, 'fs' | 'signal'>,
    private readonly archive: string,
    manifest: string,
    private readonly gone: (path: string) => Promise<void>,
  ) {
    this.cursor = new LineCursor(readManifestLines(engine, manifest));
  }

  /** @param gone is told of each path that the state before has and this one has not */
  static async open(
    engine: Pick<BlobEngine, 'fs' | 'signal'>,
    archive: string,
    manifest: string,
    gone: (path: string) => Promise<void>,
  ): Promise<ManifestGuide> {
    const guide = new ManifestGuide(engine, archive, manifest, gone);
    await guide.cursor.fill();
    return guide;
  }

  /** What was recorded of a member; undefined: a list of a directory, which the lines of what is gone stand for. */
  async entryOf(member: Exclude<TarMember, { kind: 'refused' }>): Promise<BlobEntry | undefined> {
    await this.passGone();
    const line = this.cursor.current;
    if (line?.kind === 'entry' && line.path === member.path) {
      if (line.entry.kind !== member.kind) throw this.differs(member.path, 'is of another kind');
      if (line.entry.kind === 'file' && member.kind === 'file' && line.entry.size !== member.size)
        throw this.differs(member.path, `has ${member.size} bytes, not ${line.entry.size}`);
      await this.next();
      return line.entry;
    }
    if (member.kind === 'directory' && member.list !== undefined) return undefined;
    throw this.differs(member.path, 'is not in its manifest, or out of order');
  }

  async finish(): Promise<void> {
    await this.passGone();
    const line = this.cursor.current;
    if (line !== undefined) throw this.differs(line.path, 'is missing');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cursor.close();
  }

  private async passGone(): Promise<void> {
    for (let line = this.cursor.current; line?.kind === 'gone'; line = this.cursor.current) {
      await this.gone(line.path);
      await this.next();
    }
  }

  private async next(): Promise<void> {
    if (!this.cursor.advance()) await this.cursor.fill();
  }

  private differs(path: string, what: string): HoldfastError {
    const message = `the archive ${this.archive} is not the one of its manifest: ${path} ${what}`;
    return new HoldfastError('blobs.damaged', message, { path: this.archive });
  }
}
