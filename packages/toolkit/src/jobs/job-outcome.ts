import { CATALOGUE } from '@holdfast/errors';
import type { PathFilter } from '../without-paths.js';
import type { Job, JobError } from './job-board.js';
import type { JobEnd } from './job-process.js';
import type { JobResult } from './job-protocol.js';
import { LONGEST_RECORD } from './job-records.js';
import { fit } from './job-size.js';

type Ended = Pick<Job, 'state' | 'summary' | 'set' | 'error' | 'lines' | 'warnings' | 'data' | 'cut'>;

/** Bytes: the rest of the record is what the job was before it ended. */
const LONGEST_END = LONGEST_RECORD - (4 << 10);

/**
 * What became of a job: `done` only where its process told a result and then ended with status 0. Whoever asks sees it: no
 * paths of the server. It fits into a record.
 *
 * @param cancelled somebody asked it to stop; one that was done before it heard is done all the same
 */
export function endOfJob(end: JobEnd, cancelled: boolean, paths: PathFilter): Ended {
  const whole = wholeEnd(end, cancelled, paths);
  const { state, summary, set, error } = whole;
  const bare: Ended = {
    state,
    summary,
    set,
    ...(error !== undefined && { error: { code: error.code, message: error.message, hint: error.hint } }),
  };
  const { value, cut } = fit(whole, bare, LONGEST_END);
  return cut || end.outcome?.cut === true ? { ...value, cut: true } : value;
}

function wholeEnd({ code, signal, outcome }: JobEnd, cancelled: boolean, paths: PathFilter): Ended {
  if (outcome?.type === 'result' && code === 0) return { state: 'done', ...resultOf(outcome.result, paths) };
  const told = outcome?.type === 'error' ? errorOf(outcome.error, paths) : undefined;
  const warnings = outcome?.type === 'error' ? outcome.warnings.map((text) => paths.text(text)) : undefined;
  if (cancelled || told?.code === 'cancelled') {
    const error =
      told?.code === 'cancelled' ? told : { code: 'cancelled', message: 'it was cancelled', hint: undefined };
    return { state: 'cancelled', error };
  }
  if (told !== undefined) return { state: 'failed', error: told, ...(warnings!.length > 0 && { warnings }) };
  const how = signal === null ? `with status ${code ?? 'unknown'}` : `by ${signal}`;
  const { hint } = CATALOGUE['toolkit.job-failed'];
  return {
    state: 'failed',
    error: { code: 'toolkit.job-failed', message: `its process ended ${how} and told no result`, hint },
  };
}

function resultOf(
  { summary, set, lines, warnings, data }: JobResult,
  paths: PathFilter,
): Omit<Ended, 'state'> {
  return {
    summary: paths.text(summary),
    ...(set !== undefined && { set }),
    lines: lines.map((text) => paths.text(text)),
    warnings: warnings.map((text) => paths.text(text)),
    data: paths.data(data),
  };
}

function errorOf({ code, message, hint, details }: JobError, paths: PathFilter): JobError {
  return {
    code,
    message: paths.text(message),
    hint: hint === undefined ? undefined : paths.text(hint),
    ...(details !== undefined && { details: paths.data(details) }),
  };
}
