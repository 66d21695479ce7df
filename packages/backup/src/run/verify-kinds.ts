import { HoldfastError } from '@holdfast/errors';
import type { Configuration, SetKind } from '../config.js';
import { count } from '../report/format.js';
import { setPlaces } from '../sets/places.js';
import { needRepository } from '../sets/read-kinds.js';
import { type VerifyRun, type VerifyRunReport, verifySets } from './verify-run.js';
import type { World } from './world.js';

export interface VerifyKinds {
  readonly config: Configuration;
  readonly kinds: readonly SetKind[];
  readonly level: VerifyRun['level'];
}

export interface VerifyKindsReport extends VerifyRunReport {
  readonly level: VerifyRun['level'];
  /** Where there are problems. */
  readonly damaged: readonly string[];
}

/**
 * `holdfast verify`: `verifySets` on some kinds. Problems are no errors.
 *
 * @throws HoldfastError `repository.missing`, `repository.no-backup`
 */
export async function verifyKinds(world: World, run: VerifyKinds): Promise<VerifyKindsReport> {
  const { config, kinds, level } = run;
  await needRepository(world.fs, config, kinds);
  const places = kinds.map((kind) => setPlaces(config, kind).record);
  const reports: VerifyRunReport[] = [];
  for (const kind of kinds) reports.push(await verifySets(world, { config, kind, level }));
  const report = joined(reports);
  if (report.sets.length === 0 && report.problems.length === 0) {
    throw new HoldfastError('repository.no-backup', `there is no backup in ${places.join(' or ')}`, {
      path: places[0]!,
    });
  }
  return { ...report, level, damaged: places.filter((_, at) => reports[at]!.problems.length > 0) };
}

/** What `holdfast verify` ends with where there are problems. @param writer who writes to the places, as one sentence */
export function verifyFailure(
  { problems, damaged, level, sets }: VerifyKindsReport,
  writer?: string,
): HoldfastError {
  const unsound = sets.filter(({ sound }) => !sound).map(({ set }) => set.id);
  const message = `${count(problems.length, 'problem')} in ${damaged.join(', ')}`;
  return new HoldfastError('repository.verify-failed', message, {
    path: damaged[0]!,
    details: { level, problems, unsound },
    ...(writer === undefined ? {} : { hint: `Run it again when that has ended: ${writer}.` }),
  });
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
