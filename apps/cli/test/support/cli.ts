import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitBlobs, sampleFile, temporaryDirectory, whenDone } from '@holdfast/test-kit';

/** The command as a user starts it: the build of apps/cli. */
export const BIN = fileURLToPath(new URL('../../bin/holdfast.js', import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  /** Given on standard input; without it, standard input is empty. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another program in place of Node with the command. */
  readonly command?: readonly string[];
}

export interface RunResult {
  /** Exit status; -1 after a signal. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What standard output got, as it is. */
  readonly bytes: Buffer;
}

export interface Running {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Waits until standard error has this text. */
  says(text: string): Promise<void>;
  /** Standard error so far. */
  stderr(): string;
  /** Writes to its standard input; only where that was left open (`command` without `input`). */
  tell(text: string): void;
  readonly done: Promise<RunResult>;
}

export function start(args: readonly string[], options: RunOptions = {}): Running {
  const [file = process.execPath, ...first] = options.command ?? [process.execPath, BIN];
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(file, [...first, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...inherited, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  whenDone(() => {
    child.kill('SIGKILL');
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {});
  if (options.input !== undefined || options.command === undefined) child.stdin.end(options.input ?? '');
  const text = () => Buffer.concat(stderr).toString('utf8');
  const done = new Promise<RunResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const bytes = Buffer.concat(stdout);
      resolve({ status: code ?? -1, stdout: bytes.toString('utf8'), stderr: text(), bytes });
    });
  });
  const says = async (wanted: string) => {
    while (!text().includes(wanted)) await Promise.race([once(child.stderr), done.then(ended(wanted))]);
  };
  return {
    pid: child.pid ?? -1,
    kill: (signal) => child.kill(signal),
    says,
    stderr: text,
    tell: (line) => {
      child.stdin.write(line);
    },
    done,
  };
}

function once(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve) => stream.once('data', () => resolve()));
}

function ended(wanted: string): (result: RunResult) => never {
  return ({ status, stderr }) => {
    throw new Error(`ended with status ${status} before it said '${wanted}':\n${stderr}`);
  };
}

/** Runs `holdfast` to its end. */
export function holdfast(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return start(args, options).done;
}

export interface Site {
  readonly path: string;
  readonly datafs: string;
  readonly repository: string;
  /** Runs `holdfast` in the site. */
  run(...args: readonly string[]): Promise<RunResult>;
}

/** A site with a small storage and no backup yet. */
export async function makeSite(path?: string): Promise<Site> {
  const site = siteAt(path ?? (await temporaryDirectory()));
  await mkdir(dirname(site.datafs), { recursive: true });
  await sampleFile(site.datafs);
  return site;
}

export interface BlobSite extends Site {
  /** The blob directory. */
  readonly blobs: string;
  /** Commits so many more blobs. */
  commit(count: number): Promise<void>;
}

/** A site with three blobs, and no backup yet. @param toml what its holdfast.toml says; without it there is none */
export async function makeBlobSite(toml?: string): Promise<BlobSite> {
  const site = await makeSite();
  if (toml !== undefined) await writeFile(join(site.path, 'holdfast.toml'), toml);
  const blobs = join(site.path, 'var/blobstorage');
  const commit = async (count: number) => {
    await commitBlobs({ datafs: site.datafs, blobs, count });
  };
  await commit(3);
  return { ...site, blobs, commit };
}

/** The contents of all files below a directory, by their paths. */
export async function contentsBelow(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.sort().map(async (path) => [relative(directory, path), await readFile(path, 'latin1')]);
  return new Map((await Promise.all(read)) as [string, string][]);
}

export async function copyOfSite(path: string): Promise<Site> {
  const copy = await temporaryDirectory();
  await cp(path, copy, { recursive: true });
  return siteAt(copy);
}

function siteAt(path: string): Site {
  return {
    path,
    datafs: join(path, 'var/filestorage/Data.fs'),
    repository: join(path, 'var/backups'),
    run: (...args) => holdfast(args, { cwd: path }),
  };
}
