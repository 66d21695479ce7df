import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type VerifyLevel, type VerifyReport, verify } from '@holdfast/filestorage-backup';
import { type Context, makeEngine } from '../context.js';
import { count, formatBytes, formatDuration } from '../format.js';
import { findRepository } from '../places.js';
import { writerOf } from '../repository-access.js';

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

/** `holdfast verify`. It takes no lock: a check that lasts for hours must not keep a backup away. */
export async function verifyCommand(context: Context, options: VerifyOptions): Promise<void> {
  const started = context.clock.monotonic();
  const level: VerifyLevel = options.deep === true ? 'deep' : options.quick === true ? 'quick' : 'stored';
  const repository = await findRepository(nodeFileSystem, context.cwd, options.repository);
  const before = await writerOf(context, repository);
  const report = await verify(makeEngine(context, repository), { level });
  const { output } = context;
  const ms = context.clock.monotonic() - started;
  if (report.sound) {
    const { bytes } = report;
    output.result('verify', { repository, level, files: report.files.length, bytes, seconds: ms / 1000 });
    const read = level === 'quick' ? '' : `, ${formatBytes(bytes)}`;
    output.line(
      `Sound: ${count(report.files.length, 'backup file')} in ${repository}${read}, ${WHAT[level]} checked, ${formatDuration(ms)}.`,
    );
    return;
  }
  const problems = problemsOf(report);
  for (const problem of problems) output.warn(problem);
  const writer = before ?? (await writerOf(context, repository));
  throw new HoldfastError(
    'repository.verify-failed',
    `${count(problems.length, 'problem')} in ${repository}`,
    {
      path: repository,
      details: { level, problems },
      ...(writer === undefined ? {} : { hint: `Run it again when that has ended: ${writer}.` }),
    },
  );
}

function problemsOf({ problems, files }: VerifyReport): readonly string[] {
  return [...problems, ...files.flatMap(({ error }) => error ?? [])];
}
