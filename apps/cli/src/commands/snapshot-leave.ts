import { leaveStale } from '@holdfast/directorystorage';
import { EXIT } from '@holdfast/errors';
import type { SnapshotFlags } from './snapshot-arguments.js';
import type { SnapshotConsole } from './snapshot-console.js';
import { makeSnapshotEngine, serverOptions } from './snapshot-hold.js';

/** `holdfast snapshot leave --storage DIRECTORY`: status 0 where no server is in a snapshot any more. */
export async function leaveCommand(
  console: SnapshotConsole,
  flags: SnapshotFlags,
  directory: string,
  signal: AbortSignal,
): Promise<number> {
  const conf = flags.snapshotConf === '-' ? undefined : flags.snapshotConf;
  const request = { directory, conf, ...serverOptions(flags) };
  const reports = await leaveStale(makeSnapshotEngine(console, signal), request, {
    force: flags.force === true,
  });
  for (const { url, state, code, reason } of reports) {
    console.message(`${url}: ${reason}${code === undefined ? '' : ` (${code})`}`);
    if (state === 'failed' && flags.verbosity < 0) console.failure(new Error(reason));
  }
  if (reports.some(({ state }) => state === 'failed')) return EXIT.failure;
  return reports.some(({ state }) => state === 'kept') ? EXIT.busy : EXIT.ok;
}
