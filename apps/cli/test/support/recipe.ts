import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type PythonProcess, pythonOutput, spawnPython, temporaryDirectory } from '@holdfast/test-kit';
import { expect } from 'vitest';
import { holdfast } from './cli.js';

const SCRIPT = readFileSync(new URL('recipe_driver.py', import.meta.url), 'utf8');

export type Program = 'recipe' | 'holdfast';
/** Options with the same name and meaning in both programs. */
export type Options = Readonly<Record<string, boolean | number | string>>;

/** A kind of backup: what the commands and the places are called. */
export interface Kind {
  readonly backup: 'backup' | 'snapshotbackup' | 'zipbackup';
  readonly restore: 'restore' | 'snapshotrestore' | 'ziprestore';
  readonly mains: readonly [backup: string, restore: string];
  readonly filestorage: string;
  readonly blobs: string;
}

export const KINDS = {
  backup: {
    backup: 'backup',
    restore: 'restore',
    mains: ['backup_main', 'restore_main'],
    filestorage: 'backups',
    blobs: 'blobstoragebackups',
  },
  snapshot: {
    backup: 'snapshotbackup',
    restore: 'snapshotrestore',
    mains: ['snapshot_main', 'snapshot_restore_main'],
    filestorage: 'snapshotbackups',
    blobs: 'blobstoragesnapshots',
  },
  zip: {
    backup: 'zipbackup',
    restore: 'ziprestore',
    mains: ['zipbackup_main', 'zip_restore_main'],
    filestorage: 'zipbackups',
    blobs: 'blobstoragezips',
  },
} as const satisfies Record<string, Kind>;

/** What a `Data.fs` and its blobs are: a digest, and of each path kind, mode, content and time of modification. */
export interface State {
  readonly datafs: string;
  readonly blobs: Readonly<Record<string, string>>;
}

/** The recipe's Python, started once, with a `repozo` to call. */
export class Recipe {
  #requests = 0;

  private constructor(
    private readonly process: PythonProcess,
    readonly bin: string,
  ) {}

  static async start(): Promise<Recipe> {
    const bin = await temporaryDirectory();
    const interpreter = await pythonOutput('import sys; print(sys.executable)');
    const repozo = join(bin, 'repozo');
    await writeFile(repozo, `#!/bin/sh\nexec ${interpreter.trim()} -m ZODB.scripts.repozo "$@"\n`);
    await chmod(repozo, 0o755);
    const process = spawnPython(SCRIPT);
    await process.line('ready');
    return new Recipe(process, bin);
  }

  async request(name: string, ...args: readonly unknown[]): Promise<unknown> {
    const number = this.#requests++;
    this.process.tell(JSON.stringify([number, name, ...args]));
    const line = await this.process.line(new RegExp(`^done ${number} `), 60_000);
    const [, , status, ...answer] = line.split(' ');
    expect(status, this.process.output().stderr.slice(-3000)).toBe('0');
    return answer.join(' ') === '' ? undefined : JSON.parse(answer.join(' '));
  }
}

/** A site with a ZODB, and places where both programs back it up to. */
export class RecipeSite {
  #changes = 0;
  /** Of the last backup in each prefix. */
  readonly #dates = new Map<string, string>();

  private constructor(
    private readonly recipe: Recipe,
    readonly path: string,
    /** Name of the blob directory. */
    readonly base: string,
  ) {}

  static async make(recipe: Recipe, base: string): Promise<RecipeSite> {
    const site = new RecipeSite(recipe, await temporaryDirectory(), base);
    await mkdir(dirname(site.datafs), { recursive: true });
    return site;
  }

  get datafs(): string {
    return join(this.path, 'var/filestorage/Data.fs');
  }

  get blobs(): string {
    return join(this.path, 'var', this.base);
  }

  /** Commits the next change; what the site is after it. */
  async change(): Promise<State> {
    // Archives hold times in whole seconds: two changes of one second leave directories of one time.
    if (this.#changes > 0) await nextSecond();
    await this.recipe.request('change', this.datafs, this.blobs, ++this.#changes);
    return await stateOf(this.datafs, this.blobs);
  }

  /** Backs up to the places below `prefix`; a date that this state is restored by. */
  async backUp(program: Program, prefix: string, kind: Kind, options: Options): Promise<string> {
    // repozo's stamps are whole seconds: two backups of one second would be one.
    while (stampNow() <= (this.#dates.get(prefix) ?? '')) await nextSecond();
    if (program === 'recipe') {
      const blob_timestamps = options.blob_timestamps !== false;
      const storage = this.storage(prefix, this.datafs, this.blobs);
      const common = { bin_dir: this.recipe.bin, storage, full: false, verbose: false, use_rsync: true };
      const switches = { backup_blobs: true, only_blobs: false };
      const all = { ...common, ...switches, keep: 0, ...options, blob_timestamps };
      await this.recipe.request('call', kind.mains[0], all);
    } else await this.holdfast(prefix, options, kind.backup);
    const date = await this.dateOf(prefix, kind, options);
    this.#dates.set(prefix, date);
    return date;
  }

  /** Rotated blobs have their time of modification only, and that is a little later than the stamp. */
  private async dateOf(prefix: string, kind: Kind, options: Options): Promise<string> {
    if (options.blob_timestamps !== false) return await this.newestStamp(prefix, kind);
    await nextSecond();
    return stampNow();
  }

  /** Restores to a new place; what is there then. */
  async restore(
    program: Program,
    prefix: string,
    kind: Kind,
    options: Options,
    date?: string,
  ): Promise<State> {
    const target = await temporaryDirectory();
    const datafs = join(target, 'Data.fs');
    if (program === 'holdfast') {
      await this.holdfast(
        prefix,
        options,
        kind.restore,
        ...(date === undefined ? [] : [date]),
        '--to',
        target,
      );
      return await this.checked(datafs, join(target, 'blobstorage'));
    }
    const blobs = join(target, this.base);
    const storage = this.storage(prefix, datafs, blobs);
    const blob_timestamps = options.blob_timestamps !== false;
    const common = { bin_dir: this.recipe.bin, storage, verbose: false, use_rsync: true, no_prompt: true };
    const all = { ...common, backup_blobs: true, only_blobs: false, ...options, blob_timestamps };
    await this.recipe.request('call', kind.mains[1], all, date ?? null);
    return await this.checked(datafs, blobs);
  }

  /** Runs Holdfast with a configuration that names these places and options; its standard output. */
  async holdfast(prefix: string, options: Options, ...args: readonly string[]): Promise<string> {
    const config = join(this.path, `${prefix}.toml`);
    const lines = Object.entries({ keep: 0, ...options }).map(
      ([name, value]) => `${name} = ${JSON.stringify(value)}`,
    );
    const places = [`blob_storage = "var/${this.base}"`, `locationprefix = "${prefix}"`];
    await writeFile(config, `${[...places, ...lines].join('\n')}\n`);
    const result = await holdfast([...args, '--config', config], { cwd: this.path });
    expect(result.status, result.stderr).toBe(0);
    return result.stdout;
  }

  private storage(prefix: string, datafs: string, blobdir: string) {
    const at = (name: string) => join(this.path, prefix, name);
    return {
      storage: '1',
      datafs,
      blobdir,
      backup_location: at(KINDS.backup.filestorage),
      blob_backup_location: at(KINDS.backup.blobs),
      snapshot_location: at(KINDS.snapshot.filestorage),
      blob_snapshot_location: at(KINDS.snapshot.blobs),
      zip_location: at(KINDS.zip.filestorage),
      blob_zip_location: at(KINDS.zip.blobs),
    };
  }

  private async newestStamp(prefix: string, kind: Kind): Promise<string> {
    const names = await readdir(join(this.path, prefix, kind.filestorage));
    const data = names.filter((name) => /\.(?:delta)?fsz?$/.test(name)).sort();
    return data.at(-1)!.slice(0, 19);
  }

  private async checked(datafs: string, blobs: string): Promise<State> {
    const state = await stateOf(datafs, blobs);
    expect(await this.recipe.request('check', datafs, blobs)).toBeGreaterThan(1);
    return state;
  }
}

async function stateOf(datafs: string, blobs: string): Promise<State> {
  const digest = createHash('sha256')
    .update(await readFile(datafs))
    .digest('hex');
  return { datafs: digest, blobs: await treeOf(blobs) };
}

/**
 * Of each path what it is, without `tmp`, which ZODB makes when it opens the directory: so the time of the top does not
 * count either. @param more what to tell besides of a file
 */
export async function treeOf(
  directory: string,
  more: (links: number) => string = () => '',
): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  for (const path of names.filter((name) => !/(?:^|\/)tmp(?:\/|$)/.test(name)).sort()) {
    const file = join(directory, path);
    const stat = await lstat(file);
    const time = Math.floor(stat.mtimeMs / 1000);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isDirectory()) tree[path] = `directory ${mode} ${time}`;
    else {
      const digest = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);
      tree[path] = `file ${mode} ${time} ${stat.size} ${digest}${more(stat.nlink)}`;
    }
  }
  return tree;
}

async function nextSecond(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1010 - (Date.now() % 1000)));
}

function stampNow(): string {
  return new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-');
}
