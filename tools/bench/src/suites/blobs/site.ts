import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isThere } from '../../files.js';
import type { Command } from '../../measured-process.js';
import { ROOT } from '../../root.js';

const run = promisify(execFile);
const SCRIPTS = join(ROOT, 'packages', 'blob-snapshot', 'bench');
const ESBUILD = join(ROOT, 'node_modules', '.bin', 'esbuild');
/** New blobs of each round. */
export const TEN = 10;
/** Blob directories of another version of the generator are made anew. */
const VERSION = 1;

/** Blob directories of a site, by their size. */
export class BlobSites {
  private readonly sites = new Map<number, Promise<BlobSite>>();
  private readonly scratch: string;

  constructor(
    private readonly parent: string,
    private readonly tell: (text: string) => void,
  ) {
    this.scratch = join(parent, `blobs-work-${process.pid}`);
  }

  site(count: number): Promise<BlobSite> {
    const site = this.sites.get(count) ?? this.make(count);
    this.sites.set(count, site);
    return site;
  }

  async close(): Promise<void> {
    await rm(this.scratch, { recursive: true, force: true });
  }

  private async make(count: number): Promise<BlobSite> {
    const directory = join(this.parent, `blobs-${count}-${VERSION}`);
    const source = join(directory, 'blobstorage');
    if (!(await isThere(source))) {
      this.tell(`generating ${count} blobs`);
      const unfinished = join(directory, 'unfinished');
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true });
      await generate(unfinished, count, 0);
      await rename(unfinished, source);
    }
    await mkdir(this.scratch, { recursive: true });
    const program = join(this.scratch, 'trees.mjs');
    if (!(await isThere(program))) await bundle(program);
    const counter = join(directory, 'next');
    const next = (await isThere(counter)) ? Number(await readFile(counter, 'utf8')) : count;
    const work = join(this.scratch, String(count));
    return new BlobSite({ source, scratch: work, program, counter }, next);
  }
}

async function generate(directory: string, count: number, first: number): Promise<void> {
  await run(process.execPath, [join(SCRIPTS, 'make-blobs.mjs'), directory, String(count), String(first)]);
}

/** One file, as the command is: the many modules of a package take longer to load than ten blobs to copy. */
async function bundle(program: string): Promise<void> {
  const options = ['--bundle', '--platform=node', '--format=esm', '--external:koffi', '--log-level=warning'];
  await run(ESBUILD, [join(SCRIPTS, 'trees.mjs'), ...options, `--outfile=${program}`]);
}

interface BlobSitePaths {
  readonly source: string;
  readonly scratch: string;
  /** What makes one backup. */
  readonly program: string;
  /** The file that keeps the number of the next blob for the next benchmark. */
  readonly counter: string;
}

/** A blob directory that grows by ten blobs from round to round, and places for backups of it. */
export class BlobSite {
  private places = 0;

  constructor(
    private readonly paths: BlobSitePaths,
    /** Number of the next blob. */
    private next: number,
  ) {}

  /** A new empty directory. */
  async place(): Promise<string> {
    this.places += 1;
    const place = join(this.paths.scratch, String(this.places));
    await mkdir(place, { recursive: true });
    return place;
  }

  /** Ten new blobs; the number of the first. */
  async grow(): Promise<number> {
    const first = this.next;
    await generate(this.paths.source, TEN, first);
    this.next += TEN;
    await writeFile(this.paths.counter, String(this.next));
    return first;
  }

  holdfast(
    location: string,
    stamp: string,
    kind: 'tree' | 'pool',
    log: readonly (string | number)[] = [],
  ): Command {
    const args = [this.paths.source, location, stamp, kind, ...log.map(String)];
    return { file: process.execPath, args: [this.paths.program, ...args] };
  }

  /** As the recipe calls it. */
  rsync(to: string, linkTo?: string): Command {
    const link = linkTo === undefined ? [] : ['--delete', `--link-dest=${linkTo}`];
    return { file: 'rsync', args: ['-a', ...link, this.paths.source, to] };
  }

  /** As the recipe calls it, and then made durable. */
  rsyncDurably(to: string): Command {
    const script = 'rsync -a "$0" "$1" && sync -f "$1"';
    return { file: 'sh', args: ['-c', script, this.paths.source, to] };
  }

  /** An error when a tree is not as the source: names, sizes, modes, owners, times. */
  async expectSame(tree: string): Promise<number> {
    const { stdout } = await run('rsync', [
      '-a',
      '-n',
      '-i',
      '--delete',
      `${this.paths.source}/`,
      `${tree}/`,
    ]);
    if (stdout.trim() !== '') throw new Error(`${tree} is not as its source:\n${stdout.slice(0, 500)}`);
    return 0;
  }
}

/** Runs a command whose cost is of no interest. */
export async function prepareWith({ file, args }: Command): Promise<void> {
  await run(file, [...args]);
}

/** Makes everything durable, so that no contender writes what another one left in memory. */
export async function settle(): Promise<void> {
  await run('sync');
}

let last = 0;

/** The stamp of a moment that none had before, and that the times of the files are older than. */
export async function nextStamp(): Promise<string> {
  while (Math.floor(Date.now() / 1000) - last < 3) await setTimeout(100);
  last = Math.floor(Date.now() / 1000);
  return new Date(last * 1000).toISOString().slice(0, 19).replace(/[T:]/g, '-');
}
