import { resolve } from 'node:path';
import { exists, type FileSystem, readExactly } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Configuration } from '../config.js';
import { allLocations, linkedPlaceProblems } from './check-places.js';
import { type Found, findConfiguration, needTrusted, siteOfFile } from './find.js';
import type { Parsed } from './parse.js';
import { nameOfPath, type Problem } from './problem.js';
import { checkConfiguration, resolveConfiguration, signsOfBlobs, withUsualBlobs } from './resolve.js';
import { lineOf } from './toml-lines.js';

export interface ConfigurationRequest {
  /** Where the search begins, and what a relative `file` is relative to. */
  readonly cwd: string;
  /** `--config`. */
  readonly file?: string | undefined;
  /** Nothing is looked for: the default places of this directory. */
  readonly site?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** No configuration is longer, bytes. */
const LIMIT = 1024 * 1024;

interface Source {
  readonly file: string | undefined;
  readonly site: string;
  readonly text: string;
}

/**
 * The configuration: that of `file`, or of the site that `cwd` belongs to; without a `holdfast.toml`, the recipe's
 * default places (docs/configuration.md). All problems are told at once.
 *
 * @throws HoldfastError `configuration.missing`, `configuration.not-trusted`, `configuration.invalid` with
 *   `details.problems`: one sentence each
 */
export async function readConfiguration(
  fs: FileSystem,
  { env = process.env, ...request }: ConfigurationRequest,
): Promise<Configuration> {
  const source = await openSource(fs, request);
  const { values, problems } = await parse(source);
  const { configuration: plain, ...resolved } = resolveConfiguration(values, { ...source, env });
  const configuration = await withBlobs(fs, plain);
  const all = [
    ...problems,
    ...resolved.problems,
    ...systemWideProblems(source, values.site),
    ...checkConfiguration(configuration, values),
    ...linkedPlaceProblems(configuration.storages, await realPlaces(fs, configuration)),
  ];
  if (all.length > 0) throw invalid(source, all);
  return { ...configuration, warnings: resolved.idle.map((problem) => sentence(source.text, problem)) };
}

async function openSource(fs: FileSystem, { cwd, file: given, site }: ConfigurationRequest): Promise<Source> {
  if (site !== undefined) return { file: undefined, site: resolve(cwd, site), text: '' };
  const file = given === undefined ? undefined : resolve(cwd, given);
  const found: Found =
    file === undefined ? await findConfiguration(fs, cwd) : { file, site: await siteOfFile(fs, file) };
  if (found.file === undefined) return { ...found, text: '' };
  return { ...found, text: await readText(fs, found.file, file !== undefined) };
}

async function readText(fs: FileSystem, path: string, given: boolean): Promise<string> {
  const file = await open(fs, path);
  try {
    const stat = await file.stat();
    needTrusted(path, stat, given);
    if (stat.size > LIMIT)
      throw new HoldfastError('configuration.invalid', `${path} is larger than ${LIMIT} bytes`, { path });
    const bytes = await readExactly(file, 0, stat.size);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new HoldfastError('configuration.invalid', `${path} is not UTF-8`, { path, cause });
  } finally {
    await file.close();
  }
}

async function open(fs: FileSystem, path: string) {
  try {
    return await fs.openRead(path, { followSymlinks: true });
  } catch (cause) {
    if (!isHoldfastError(cause, 'fs.not-found')) throw cause;
    throw new HoldfastError('configuration.missing', `there is no configuration at ${path}`, { path, cause });
  }
}

/** The parser is loaded for a file only: most of the time there is none, and it takes longer than all the rest. */
async function parse({ file, text }: Source): Promise<Parsed> {
  if (file === undefined) return { values: {}, problems: [] };
  const { parseOptions } = await import('./parse.js');
  const parsed = parseOptions(text);
  if (!('syntax' in parsed)) return parsed;
  const { line, column, message } = parsed.syntax;
  const problem = `line ${line}, column ${column}: ${message}`;
  throw new HoldfastError('configuration.invalid', `${file} is not TOML: ${problem}`, {
    path: file,
    details: { problems: [problem] },
  });
}

async function withBlobs(fs: FileSystem, configuration: Configuration): Promise<Configuration> {
  const main = configuration.storages.at(-1);
  const signs = signsOfBlobs(configuration);
  if (signs === undefined) return configuration;
  const restored = main?.alternative !== undefined && main.alternative.blobs !== '';
  if (restored) return withUsualBlobs(configuration);
  for (const sign of signs) if (await exists(fs, sign)) return withUsualBlobs(configuration);
  return configuration;
}

/** `/etc/holdfast.toml` is found for everything on the machine: it must say which site it is of. */
function systemWideProblems({ file, site }: Source, given: string | undefined): readonly Problem[] {
  if (file === undefined || site !== '/' || given !== undefined) return [];
  return [{ path: [], message: 'site is missing: the directory that has the var of the site' }];
}

async function realPlaces(fs: FileSystem, { storages }: Configuration): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const at of allLocations(storages)) {
    try {
      found.set(at, await fs.realPath(at));
    } catch (error) {
      // Not there yet, or not to be seen: whoever needs it says so.
      if (!isHoldfastError(error)) throw error;
    }
  }
  return found;
}

function invalid({ file, text, site }: Source, problems: readonly Problem[]): HoldfastError {
  const byLine = problems
    .map((problem) => ({ problem, line: lineOfProblem(text, problem) ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => (a.line === b.line ? 0 : a.line - b.line));
  const sentences = byLine.map(({ problem }) => sentence(text, problem));
  const what = sentences.length === 1 ? sentences[0] : `${sentences.length} problems`;
  return new HoldfastError('configuration.invalid', `${file ?? site}: ${what}`, {
    path: file ?? site,
    details: { problems: sentences },
  });
}

function lineOfProblem(text: string, { path }: Problem): number | undefined {
  return path.length === 0 || text === '' ? undefined : lineOf(text, path);
}

function sentence(text: string, problem: Problem): string {
  const line = lineOfProblem(text, problem);
  const name = nameOfPath(problem.path);
  return [line === undefined ? '' : `line ${line}`, name, problem.message]
    .filter((part) => part !== '')
    .join(': ');
}
