import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type VerifyLevel, verify } from '@holdfast/filestorage-backup';
import { type Context, makeEngine } from '../context.js';
import { count, formatBytes, formatDuration } from '../output.js';
import { findRepository } from '../places.js';

export interface VerifyOptions {
  readonly repository?: string;
  readonly quick?: boolean;
  readonly deep?: boolean;
}

const WHAT: Readonly<Record<VerifyLevel, string>> = {
  quick: 'names, ranges and sizes',
  sizes: 'names, ranges and uncompressed sizes',
  stored: 'every stored byte',
  deep: 'every byte and every transaction',
};

/** `holdfast verify`. */
export async function verifyCommand(context: Context, options: VerifyOptions): Promise<void> {
  const started = performance.now();
  const { output } = context;
  if (options.quick === true && options.deep === true) {
    throw new HoldfastError('usage', '--quick and --deep exclude each other');
  }
  const level: VerifyLevel = options.deep === true ? 'deep' : options.quick === true ? 'quick' : 'stored';
  const repository = await findRepository(nodeFileSystem, context.cwd, options.repository);
  const report = await verify(makeEngine(context, repository), { level });
  context.progress.end();
  const ms = performance.now() - started;
  const broken = report.files.filter(({ error }) => error !== undefined);
  const problems = [...report.problems, ...broken.map(({ error }) => error!)];
  if (report.sound) {
    output.result('verify', { repository, ...report, problems, seconds: ms / 1000 });
    const read = level === 'quick' ? '' : `, ${formatBytes(report.bytes)}`;
    output.line(
      `Sound: ${count(report.files.length, 'backup file')} in ${repository}${read}, ${WHAT[level]} checked, ${formatDuration(ms)}.`,
    );
    return;
  }
  for (const problem of problems) output.warn(problem);
  const message = `${count(problems.length, 'problem')} in ${repository}`;
  throw new HoldfastError('repository.verify-failed', message, {
    path: repository,
    details: { level, problems },
  });
}
