import { setPlaces, type VerifyRunReport, verifySets } from '@holdfast/backup';
import { HoldfastError } from '@holdfast/errors';
import { type Context, makeWorld } from '../context.js';
import { count, formatBytes, formatDuration } from '../format.js';
import { type KindOptions, kindsOf, needRepository } from '../sets.js';
import { findSite } from '../site.js';
import { writerOf } from '../writer-of.js';

export interface VerifyOptions extends KindOptions {
  readonly quick?: boolean;
  readonly deep?: boolean;
}

type Level = 'quick' | 'stored' | 'deep';

const WHAT: Readonly<Record<Level, string>> = {
  quick: 'names, ranges and sizes',
  stored: 'every stored byte of the filestorage, the size of every blob, and that they fit together',
  deep: 'every byte, every transaction and every blob',
};

/** `holdfast verify`. It takes no lock: a check that lasts for hours must not keep a backup away. */
export async function verifyCommand(context: Context, options: VerifyOptions): Promise<void> {
  const started = context.clock.monotonic();
  const { output } = context;
  const level: Level = options.deep === true ? 'deep' : options.quick === true ? 'quick' : 'stored';
  const config = await findSite(context, options);
  const kinds = kindsOf(options);
  await needRepository(config, kinds);
  const places = kinds.map((kind) => setPlaces(config, kind).record);
  const before = await writerOf(context, places);
  const world = makeWorld(context);
  const reports: VerifyRunReport[] = [];
  for (const kind of kinds) reports.push(await verifySets(world, { config, kind, level }));
  const report = joined(reports);
  if (report.sets.length === 0 && report.problems.length === 0) {
    throw new HoldfastError('repository.no-backup', `there is no backup in ${places.join(' or ')}`, {
      path: places[0]!,
    });
  }
  for (const text of report.warnings) output.warn(text);
  const ms = context.clock.monotonic() - started;
  if (report.problems.length === 0) {
    output.result('verify', { level, ...numbers(report), seconds: ms / 1000 });
    const blobs =
      report.blobBackups === 0
        ? ''
        : `, ${count(report.blobBackups, 'blob backup')} with ${count(report.blobFiles, 'file')}`;
    const what = `${count(report.sets.length, 'set')}, ${count(report.files, 'backup file')}${blobs}`;
    const read = level === 'quick' ? '' : `, ${formatBytes(report.bytes)}`;
    output.line(`Sound: ${what}${read}, ${formatDuration(ms)}.`);
    output.line(`Checked: ${WHAT[level]}.`);
    return;
  }
  for (const problem of report.problems) output.warn(problem);
  const damaged = places.filter((_, at) => reports[at]!.problems.length > 0);
  const writer = before ?? (await writerOf(context, places));
  throw new HoldfastError(
    'repository.verify-failed',
    `${count(report.problems.length, 'problem')} in ${damaged.join(', ')}`,
    {
      path: damaged[0]!,
      details: { level, problems: report.problems, unsound: unsoundOf(report) },
      ...(writer === undefined ? {} : { hint: `Run it again when that has ended: ${writer}.` }),
    },
  );
}

function joined(reports: readonly VerifyRunReport[]): VerifyRunReport {
  const sum = (of: (report: VerifyRunReport) => number) => reports.reduce((total, one) => total + of(one), 0);
  return {
    files: sum(({ files }) => files),
    blobBackups: sum(({ blobBackups }) => blobBackups),
    blobFiles: sum(({ blobFiles }) => blobFiles),
    bytes: sum(({ bytes }) => bytes),
    sets: reports.flatMap(({ sets }) => sets),
    problems: reports.flatMap(({ problems }) => problems),
    warnings: reports.flatMap(({ warnings }) => warnings),
  };
}

function numbers({ sets, files, blobBackups, blobFiles, bytes, warnings }: VerifyRunReport) {
  return { sets: sets.length, files, blobBackups, blobFiles, bytes, warnings };
}

function unsoundOf({ sets }: VerifyRunReport): readonly string[] {
  return sets.filter(({ sound }) => !sound).map(({ set }) => set.id);
}
