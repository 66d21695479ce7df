import type { World } from '@holdfast/backup';
import { nodeBulkFiles, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { errorReport, HoldfastError } from '@holdfast/errors';
import { bestCodec, type GzipCodec } from '@holdfast/gzip-members';
import { runArchivesJob } from './archives-job.js';
import { type JobMessage, type JobOutcome, LONGEST_LINE, parseOrder } from './job-protocol.js';
import { fit } from './job-size.js';
import { runSiteJob } from './site-job.js';

export type TellProgress = (progress: Extract<JobMessage, { type: 'progress' }>['progress']) => void;

/** Bytes of the last word: it must fit into a line. */
const LONGEST_OUTCOME = LONGEST_LINE / 2;

/** Does what an order says. Never throws. */
export async function runJob(text: string, signal: AbortSignal, tell: TellProgress): Promise<JobOutcome> {
  const warnings: string[] = [];
  let codec: GzipCodec | undefined;
  const world: World = {
    fs: nodeFileSystem,
    bulk: nodeBulkFiles,
    clock: systemClock,
    codec: () => (codec ??= bestCodec('auto')),
    signal,
    onProgress: (progress) => tell(asJobProgress(progress)),
    warn: (text) => {
      warnings.push(text);
    },
  };
  try {
    const order = parseOrder(text);
    const { backups } = order;
    const result =
      backups.kind === 'site'
        ? await runSiteJob(world, order, backups.configFile, warnings)
        : await runArchivesJob(world, order, backups, warnings, tell);
    const told = { ...result, warnings: [...warnings, ...result.warnings] };
    return bounded(
      { type: 'result', result: told },
      { type: 'result', result: { ...told, lines: [], warnings: [], data: {} } },
    );
  } catch (thrown) {
    const { code, message, hint, details } = errorReport(unwrapAbort(thrown, signal));
    const known = details === undefined ? {} : { details };
    return bounded(
      { type: 'error', error: { code, message, hint, ...known }, warnings },
      { type: 'error', error: { code, message, hint }, warnings: [] },
    );
  }
}

function asJobProgress(
  progress: Parameters<NonNullable<World['onProgress']>>[0],
): Parameters<TellProgress>[0] {
  const { phase, total } = progress;
  if (!('files' in progress)) return { phase, done: progress.done, total, unit: 'bytes' };
  const { files, bytes } = progress;
  return { phase, done: files, bytes, unit: 'files', ...(total !== undefined && { total }) };
}

/** An aborted signal throws its reason; what else ends as AbortError was stopped all the same. */
function unwrapAbort(error: unknown, signal: AbortSignal): unknown {
  if (!(error instanceof Error) || error.name !== 'AbortError') return error;
  return signal.reason ?? new HoldfastError('cancelled', 'stopped; nothing was published', { cause: error });
}

function bounded(outcome: JobOutcome, bare: JobOutcome): JobOutcome {
  const { value, cut } = fit(outcome, bare, LONGEST_OUTCOME);
  return cut ? { ...value, cut } : value;
}
