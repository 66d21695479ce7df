import { readFileSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { holdfast } from './cli.js';

const DRIVER = readFileSync(new URL('repozo_driver.py', import.meta.url), 'utf8');

export interface Ran {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Line {
  readonly cwd: string;
  readonly argv: readonly string[];
  /** What the clock shows, milliseconds since 1970; the real time without it. */
  readonly nowMs?: number;
}

/** Runs real repozo, many command lines in one go and in their order. */
export async function realRepozo(lines: readonly Line[]): Promise<readonly Ran[]> {
  const cases = lines.map(({ cwd, argv, nowMs }) => ({
    cwd,
    argv,
    now: nowMs === undefined ? null : nowMs / 1000,
  }));
  const output = await pythonOutput(DRIVER, [], { input: JSON.stringify(cases) });
  const results = JSON.parse(output) as readonly { status: number; stdout: string; stderr: string }[];
  return results.map((result) => ({ ...result, stdout: Buffer.from(result.stdout, 'base64') }));
}

export async function holdfastRepozo({ cwd, argv }: Line): Promise<Ran> {
  const { status, bytes, stderr } = await holdfast(['repozo', ...argv], { cwd });
  return { status, stdout: bytes, stderr };
}

/** A copy of a directory, as the two programs get one each. */
export async function copyOf(directory: string): Promise<string> {
  const copy = join(await temporaryDirectory(), 'work');
  await cp(directory, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** A data file: what it is, what it holds, and its line in the `.dat`. Times and compressed bytes may differ. */
export interface DataFile {
  readonly ending: string;
  readonly content: string;
  /** Path with its time taken out, start, end, md5. */
  readonly line: string | undefined;
}

const STAMP = /\d{4}(-\d\d){5}/g;

/** Takes times out of a text, so that what two programs wrote in two seconds can be compared. */
export const withoutTimes = (text: string) => text.replace(STAMP, '<time>');

/** What repozo sees of a repository, in the order of names. */
export async function dataFiles(repository: string): Promise<readonly DataFile[]> {
  const names = (await readdir(repository)).sort();
  const lines = await datLines(repository, names);
  const data = names.filter((name) => /^\d{4}(-\d\d){5}\.(delta)?fsz?$/.test(name));
  return Promise.all(
    data.map(async (name) => {
      const stored = await readFile(join(repository, name));
      const content = (name.endsWith('z') ? gunzipSync(stored) : stored).toString('base64');
      const line = lines.find((text) => text.split(' ').at(-4)?.endsWith(name) === true);
      return { ending: name.slice(19), content, line: line === undefined ? undefined : withoutTimes(line) };
    }),
  );
}

async function datLines(repository: string, names: readonly string[]): Promise<readonly string[]> {
  const dats = names.filter((name) => name.endsWith('.dat'));
  const texts = await Promise.all(dats.map((name) => readFile(join(repository, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n'));
}

export interface OneSide {
  readonly ran: Ran;
  /** Where it ran. */
  readonly directory: string;
}

export interface BothSides {
  readonly real: OneSide;
  readonly holdfast: OneSide;
}

export interface BothCase {
  /** The command line; blanks part its words. */
  readonly line: string;
  /** Done to the copy of each program before it runs. */
  readonly prepare?: (directory: string) => Promise<unknown>;
}

const wordsOf = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '');

/** Gives each command line to both programs, on equal copies of one directory. In the order of the cases. */
export async function runBoth(base: string, cases: readonly BothCase[]): Promise<readonly BothSides[]> {
  const [real, own] = await Promise.all([copies(base, cases), copies(base, cases)]);
  const lines = (directories: readonly string[]) =>
    cases.map(({ line }, index) => ({ cwd: directories[index]!, argv: wordsOf(line) }));
  const theirs = await realRepozo(lines(real));
  const ours = await inTurns(lines(own), holdfastRepozo);
  return cases.map((_, index) => ({
    real: { ran: theirs[index]!, directory: real[index]! },
    holdfast: { ran: ours[index]!, directory: own[index]! },
  }));
}

function copies(base: string, cases: readonly BothCase[]): Promise<readonly string[]> {
  return Promise.all(
    cases.map(async ({ prepare }) => {
      const copy = await copyOf(base);
      await prepare?.(copy);
      return copy;
    }),
  );
}

/** Three at a time. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return results;
}
