import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { FILE_NAME, FILESTORAGE, findConfiguration } from '../config/find.js';
import { nameOfPath } from '../config/problem.js';
import { readConfiguration } from '../config/read.js';
import { checkConfiguration, resolveConfiguration } from '../config/resolve.js';
import { rsyncNotes } from '../config/rsync.js';
import type { Configuration } from '../config.js';
import type { Draft } from './draft.js';
import { draftFromBuildout } from './from-buildout.js';
import { draftFromSite } from './from-nothing.js';
import { draftFromZConfig } from './from-zconfig.js';
import { kindOfSource, readingOn, readTextFile } from './read-files.js';
import { planScripts, type Script } from './scripts.js';
import { tomlOf } from './toml.js';
import { planWrite, type Write } from './write.js';

export interface InitRequest {
  readonly cwd: string;
  /** A `zope.conf`, `zeo.conf` or buildout file; undefined: the site as it is found. */
  readonly source?: string | undefined;
  /** The part of the buildout. */
  readonly part?: string | undefined;
  /** Where the configuration goes; undefined: `holdfast.toml` in the directory of the site. */
  readonly output?: string | undefined;
  /** Directory for scripts; undefined: none. */
  readonly scripts?: string | undefined;
  /** Replace what is there; the old files are kept. */
  readonly force?: boolean | undefined;
  /** How Holdfast is started: for scripts, where it is not on the path. */
  readonly program: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface InitPlan {
  /** The configuration, absolute. */
  readonly file: string;
  readonly site: string;
  /** Its text; undefined: there is one, and it stays as it is. */
  readonly toml: string | undefined;
  readonly scripts: readonly Script[];
  /** What will be written, in this order. */
  readonly writes: readonly Write[];
  /** What was found and decided, one sentence each. */
  readonly notes: readonly string[];
  /** What must be looked at. */
  readonly warnings: readonly string[];
}

/**
 * What `holdfast init` will do; nothing is written.
 *
 * @throws HoldfastError `init.unreadable`, `init.exists`
 */
export async function planInit(fs: FileSystem, request: InitRequest): Promise<InitPlan> {
  const existing = await existingConfiguration(fs, request);
  if (existing !== undefined)
    return await planOf(fs, request, { configuration: existing, notes: [], warnings: [] });
  const draft = await draftOf(fs, request);
  const { output } = request;
  const file = output === undefined ? await usualFile(fs, draft.site) : resolve(request.cwd, output);
  const toml = tomlOf(draft, file);
  const { configuration, problems } = await understood(toml, file, draft, envOf(request));
  return await planOf(fs, request, {
    configuration,
    toml,
    notes: [...draft.notes, ...rsyncNotes(configuration.options.rsyncOptions)],
    warnings: [
      ...draft.warnings,
      ...problems.map((problem) => `To be corrected before the first backup: ${problem}`),
    ],
  });
}

/** Beside the `var` of the site, or in its `etc` if there is one already. */
async function usualFile(fs: FileSystem, site: string): Promise<string> {
  const inEtc = join(site, 'etc', FILE_NAME);
  return (await exists(fs, inEtc)) ? inEtc : join(site, FILE_NAME);
}

const envOf = ({ env = process.env }: InitRequest) => env;

/** Only scripts are asked for, and there is a configuration: it stays. */
async function existingConfiguration(
  fs: FileSystem,
  request: InitRequest,
): Promise<Configuration | undefined> {
  const { cwd, source, scripts, output } = request;
  if (source !== undefined || scripts === undefined) return undefined;
  const file = output === undefined ? (await nearest(fs, cwd)).file : resolve(cwd, output);
  if (file === undefined || !(await exists(fs, file))) return undefined;
  return await readConfiguration(fs, { cwd, file, env: envOf(request) });
}

async function draftOf(fs: FileSystem, request: InitRequest): Promise<Draft> {
  const { cwd, source, part } = request;
  const env = envOf(request);
  const common = { env, home: env.HOME ?? homedir() };
  if (source === undefined) {
    needNoPart(part);
    const { site } = await nearest(fs, cwd);
    const there = async (name: string) =>
      (await exists(fs, join(site, name))) ? join(site, name) : undefined;
    return draftFromSite({
      site,
      datafs: await there('var/filestorage/Data.fs'),
      blobStorage: await there('var/blobstorage'),
      files: await filesIn(fs, join(site, FILESTORAGE)),
    });
  }
  const path = resolve(cwd, source);
  const kind = kindOfSource(path, await readTextFile(fs, path));
  if (kind === 'buildout')
    return await readingOn(fs, (files) => draftFromBuildout({ ...common, files, path, part }));
  needNoPart(part);
  const { site } = await nearest(fs, cwd);
  return await readingOn(fs, (files) => draftFromZConfig({ ...common, files, path, site }));
}

async function filesIn(fs: FileSystem, directory: string): Promise<readonly string[]> {
  if (!(await exists(fs, directory))) return [];
  const entries = await fs.readDirectory(directory);
  return entries.map(({ name }) => name).sort();
}

function needNoPart(part: string | undefined): void {
  if (part === undefined) return;
  throw new HoldfastError('usage', 'only a buildout has parts', {
    hint: 'Give its file, or leave --part out.',
  });
}

/** The site that a directory belongs to; without one, the directory itself. */
async function nearest(fs: FileSystem, cwd: string) {
  try {
    return await findConfiguration(fs, cwd);
  } catch (error) {
    if (!isHoldfastError(error, 'configuration.missing')) throw error;
    return { file: undefined, site: resolve(cwd) };
  }
}

/** The text as `readConfiguration` will understand it. */
async function understood(
  toml: string,
  file: string,
  { site }: Draft,
  env: Readonly<Record<string, string | undefined>>,
) {
  // Not with the rest: it loads the parser, which other commands do without.
  const { parseOptions } = await import('../config/parse.js');
  const parsed = parseOptions(toml);
  if ('syntax' in parsed) throw new Error(`${file}: ${parsed.syntax.message}`);
  const { configuration, problems } = resolveConfiguration(parsed.values, { file, site, env });
  const all = [...parsed.problems, ...problems, ...checkConfiguration(configuration, parsed.values)];
  return { configuration, problems: all.map(({ path, message }) => `${nameOfPath(path)}: ${message}`) };
}

interface Content {
  readonly configuration: Configuration;
  readonly toml?: string;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

async function planOf(fs: FileSystem, request: InitRequest, content: Content): Promise<InitPlan> {
  const { configuration, toml, notes, warnings } = content;
  const { cwd, force = false, program } = request;
  const { name, site, options, storages } = configuration;
  const file = configuration.file ?? join(site, FILE_NAME);
  const alternative = storages.some((storage) => storage.alternative !== undefined);
  const directory = request.scripts === undefined ? undefined : resolve(cwd, request.scripts);
  const scripts =
    directory === undefined ? [] : planScripts({ name, enable: options.enable, alternative, file, program });
  const writes: Write[] = [];
  if (toml !== undefined)
    writes.push(await planWrite(fs, { kind: 'configuration', path: file, text: toml, mode: 0o644, force }));
  for (const script of scripts)
    writes.push(
      await planWrite(fs, {
        kind: 'script',
        path: join(directory ?? dirname(file), script.name),
        text: script.text,
        mode: 0o755,
        force,
      }),
    );
  return { file, site, toml, scripts, writes, notes, warnings };
}
