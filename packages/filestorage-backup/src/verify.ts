import { type ErrorCode, errorLine, HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Chain, ChainFile, Problem } from './chain.js';
import type { Engine } from './engine.js';
import { RangeWalker } from './range-walker.js';
import { checkStored, readRaw } from './raw-reader.js';
import { type Repository, readRepository } from './repository.js';
import { rawFile } from './restore-build.js';

/**
 * - `quick`: names, ranges and sizes.
 * - `sizes`: decompresses, but compares sizes only.
 * - `stored`: also every stored byte, against the recorded SHA-256; files without a record as in `deep`.
 * - `deep`: decompresses, compares the MD5 of the `.dat` and walks every transaction.
 */
export type VerifyLevel = 'quick' | 'sizes' | 'stored' | 'deep';

export interface FileReport {
  readonly name: string;
  /** Undefined: sound. */
  readonly error: string | undefined;
}

export interface VerifyReport {
  readonly level: VerifyLevel;
  readonly files: readonly FileReport[];
  /** What does not fit together: one sentence each. */
  readonly problems: readonly string[];
  /** Bytes read. */
  readonly bytes: number;
  readonly sound: boolean;
}

export interface VerifyRequest {
  readonly level: VerifyLevel;
  /** Which chains. Default all. */
  readonly chains?: 'all' | 'newest';
}

/** Checks the chains of a repository; reads only. A repository without any backup is `repository.no-backup`. */
export async function verify(engine: Engine, { level, chains }: VerifyRequest): Promise<VerifyReport> {
  const whole = await readRepository(engine);
  const repository =
    chains === 'newest' ? { ...whole, chains: whole.chains.slice(-1), withoutFull: [] } : whole;
  const present = repository.chains.flatMap(({ files }) => files);
  if (repository.chains.length === 0 && repository.withoutFull.length === 0) {
    const message = `${repository.location} has no backup`;
    throw new HoldfastError('repository.no-backup', message, { path: repository.location });
  }
  const total = present.reduce((sum, { start, end }) => sum + end - start, 0);
  const stored = present.reduce((sum, { storedSize }) => sum + storedSize, 0);
  const files: FileReport[] = [];
  let done = 0;
  const tick = (bytes: number) => {
    done += bytes;
    engine.onProgress?.({ phase: 'check', done, total });
  };
  for (const file of present)
    files.push({ name: file.name, error: await checkFile(engine, file, level, tick) });
  const problems = problemsOf(repository);
  const sound = problems.length === 0 && files.every(({ error }) => error === undefined);
  return { level, files, problems, bytes: level === 'quick' ? 0 : stored, sound };
}

/** Tells of bytes of the storage that were checked. */
type Tick = (bytes: number) => void;

/** Not the backup's fault: told as it is, and nothing is said of the backups. */
const NOT_DAMAGE: ReadonlySet<ErrorCode> = new Set([
  'cancelled',
  'fs.permission',
  'fs.too-many-open-files',
  'internal',
]);

async function checkFile(
  engine: Engine,
  file: ChainFile,
  level: VerifyLevel,
  tick: Tick,
): Promise<string | undefined> {
  try {
    if (level === 'deep') await checkDeep(engine, file, tick);
    else if (level === 'stored') await checkBytes(engine, file, tick);
    else if (level === 'sizes') await readThrough(engine, file, tick, false);
    else checkSizes(file);
    return undefined;
  } catch (error) {
    if (!isHoldfastError(error) || NOT_DAMAGE.has(error.code)) throw error;
    return errorLine(error);
  }
}

function checkSizes(file: ChainFile): void {
  const size = file.end - file.start;
  if (file.gzip || file.storedSize === size) return;
  const message = `${file.name} is ${file.storedSize} bytes, should be ${size} bytes`;
  throw new HoldfastError('repository.damaged', message, { path: file.name });
}

async function checkBytes(engine: Engine, file: ChainFile, tick: Tick): Promise<void> {
  const { segments } = rawFile(file);
  if (segments !== undefined) return checkStored(engine, file.name, segments, tick);
  await readThrough(engine, file, tick, true);
}

async function readThrough(engine: Engine, file: ChainFile, tick: Tick, check: boolean): Promise<void> {
  for await (const chunk of readRaw(engine, rawFile(file), { check })) tick(chunk.length);
}

async function checkDeep(engine: Engine, file: ChainFile, tick: Tick): Promise<void> {
  const walker = new RangeWalker(file.name, file.start);
  for await (const chunk of readRaw(engine, rawFile(file), { md5: true })) {
    walker.push(chunk);
    tick(chunk.length);
  }
  walker.finish();
}

function problemsOf(repository: Repository): readonly string[] {
  const lost = repository.withoutFull.map(({ name }) => problemText({ kind: 'no-full', name }));
  return [
    ...lost,
    ...repository.chains.flatMap((chain) => [...changedSizes(chain), ...chain.problems.map(problemText)]),
  ];
}

/** A file whose size is not what was recorded: its record is not used, but that it differs is news. */
function changedSizes(chain: Chain): readonly string[] {
  return (chain.record?.files ?? []).flatMap(({ name, storedSize }) => {
    const file = [...chain.files, ...chain.detached].find((candidate) => candidate.name === name);
    if (file === undefined || file.storedSize === storedSize) return [];
    return [`${name} has ${file.storedSize} bytes, ${storedSize} were recorded`];
  });
}

export function problemText(problem: Problem): string {
  const { name } = problem;
  switch (problem.kind) {
    case 'no-dat':
      return `${name} is missing`;
    case 'held-dat':
      return `${name} was held back by a publication that did not end; the next backup mends it`;
    case 'torn-dat':
      return `${name} is torn at line ${problem.line}`;
    case 'missing-file':
      return `${name} is listed but missing`;
    case 'unrecorded':
      return `${name} is not listed in its .dat; the next backup mends it`;
    case 'unmeasured':
      return `${name} is not listed in its .dat`;
    case 'no-full':
      return `${name} has no full backup before it`;
    case 'same-second':
      return `${name} has the time of its full backup, so repozo would leave it out; the next backup mends it`;
    case 'unreadable':
      return `${name} cannot be read: ${problem.reason}`;
    case 'gap':
      return `${name} begins at byte ${problem.start}, but the backup before it ends at ${problem.expected}`;
    case 'overlap':
      return `${name} begins at byte ${problem.start}, within the backup before it, which ends at ${problem.expected}`;
  }
}
