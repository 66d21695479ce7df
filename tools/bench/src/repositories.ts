import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyRepository, emptyDirectory, isThere } from './files.js';
import { untilNextName } from './pause.js';
import type { Programs } from './programs.js';
import type { Storage } from './storage.js';

export type Format = 'gzip' | 'plain';
/** `full`: one full backup. `chain`: that and the increment after it. */
export type State = 'full' | 'chain';
export type Maker = 'holdfast' | 'repozo';

/**
 * Repositories in a known state, to start a round from: each made once, by the program that will work on it.
 * repozo's full backups are kept for the next benchmark, because they take so long; Holdfast's are made anew.
 */
export class Repositories {
  private readonly made = new Map<string, string>();

  constructor(
    private readonly programs: Programs,
    private readonly storage: Storage,
    /** Taken away at the end of the benchmark. */
    private readonly scratch: string,
    private readonly tell: (text: string) => void,
  ) {}

  /** A copy that may be changed, at `to`. The storage must be put in its state after this, not before. */
  async copy(maker: Maker, format: Format, state: State, to: string): Promise<void> {
    await copyRepository(await this.template(maker, format, state), to);
  }

  /** Not to be changed. */
  async template(maker: Maker, format: Format, state: State): Promise<string> {
    const name = `${maker}-${format}-${state}`;
    const path = this.made.get(name) ?? (await this.make(maker, format, state, name));
    this.made.set(name, path);
    return path;
  }

  /** Takes a full backup of repozo's that a scenario made anyway. */
  async offer(repository: string, format: Format): Promise<void> {
    const path = this.keptPath(format);
    if (!(await isThere(path))) await rename(repository, path);
  }

  private async make(maker: Maker, format: Format, state: State, name: string): Promise<string> {
    if (state === 'chain') return this.makeChain(maker, format, join(this.scratch, name));
    const kept = this.keptPath(format);
    if (maker === 'repozo' && (await isThere(kept))) return kept;
    this.tell(`making a ${format} full backup with ${maker}`);
    const path = await emptyDirectory(join(this.scratch, name));
    await this.storage.shrink();
    await this.programs.measure(backupCommand(this.programs, maker, this.storage.path, path, format, 'full'));
    await untilNextName();
    if (maker === 'holdfast') return path;
    await rename(path, kept);
    return kept;
  }

  private async makeChain(maker: Maker, format: Format, path: string): Promise<string> {
    await this.copy(maker, format, 'full', path);
    await this.storage.grow();
    await this.programs.measure(
      backupCommand(this.programs, maker, this.storage.path, path, format, 'increment'),
    );
    await untilNextName();
    return path;
  }

  private keptPath(format: Format): string {
    return join(this.storage.directory, `repozo-${this.programs.versions.ZODB}-${format}`);
  }

  async remove(): Promise<void> {
    this.made.clear();
    await rm(this.scratch, { recursive: true, force: true });
  }
}

/** The same job in both programs' words. repozo's increments are quick ones (`-Q`), as the recipe runs them. */
export function backupCommand(
  programs: Programs,
  maker: Maker,
  datafs: string,
  repository: string,
  format: Format,
  kind: 'full' | 'increment',
) {
  const gzip = format === 'gzip';
  if (maker === 'repozo') {
    const flags = `-B${kind === 'full' ? 'F' : 'Q'}${gzip ? 'z' : ''}`;
    return programs.repozo(flags, '-r', repository, '-f', datafs);
  }
  const flags = [...(kind === 'full' ? ['--full'] : []), ...(gzip ? [] : ['--no-gzip'])];
  return programs.holdfast('backup', '--datafs', datafs, '--repository', repository, ...flags);
}
