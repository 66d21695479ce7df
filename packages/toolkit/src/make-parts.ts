import { type Clock, type FileSystem, nodeBulkFiles } from '@holdfast/durable-fs';
import { bestCodec } from '@holdfast/gzip-members';
import type { FastifyBaseLogger } from 'fastify';
import { makeAuthentication, type RunningAuthentication } from './auth/authentication.js';
import { makeJobBoard } from './jobs/make-job-board.js';
import { readStatuses } from './read-statuses.js';
import { makeSnapshotKeeper } from './snapshots/make-snapshot-keeper.js';
import { makeStatusSource } from './status-source.js';
import type { Toolkit } from './toolkit.js';
import type { ToolkitPluginOptions } from './toolkit-plugin.js';
import { pathFilter } from './without-paths.js';

/** A cancelled job that does not end is killed after so long, milliseconds: less than a stop of the server may take. */
const JOB_GRACE_MS = 15_000;

export interface PartsOptions extends ToolkitPluginOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
}

/** The parts of one server, as yet unopened. */
export function makeParts(options: PartsOptions): Toolkit & { readonly auth: RunningAuthentication } {
  const { storages, state: stateDirectory, access: accessFile, title, fs, clock, log } = options;
  const common = { storages, fs, clock, log, stateDirectory };
  const world = { fs, clock, bulk: nodeBulkFiles, codec: bestCodec };
  const onMoved = movedLog(log);
  const statuses = makeStatusSource({
    storages,
    clock,
    read: (group) => readStatuses(world, group, { thresholds: options.thresholds, onMoved }),
    onFailure: (err) => log.error({ err }, 'the state of a storage could not be read'),
  });
  const jobs = makeJobBoard({
    ...common,
    graceMs: JOB_GRACE_MS,
    onEnd: ({ storage }) => statuses.changed(storage),
    ...(options.jobProgram === undefined ? {} : { program: options.jobProgram }),
  });
  return {
    storages,
    snapshots: makeSnapshotKeeper(common),
    jobs,
    statuses,
    auth: makeAuthentication({ ...common, accessFile, realm: title }),
    clock,
    fs,
    paths: pathFilter(storages),
    title,
  };
}

/** Says of each place once that it is another one. */
function movedLog(log: FastifyBaseLogger): (storage: string, path: string) => void {
  const said = new Set<string>();
  return (storage, path) => {
    const what = JSON.stringify([storage, path]);
    if (said.has(what)) return;
    said.add(what);
    log.warn(
      { storage, path },
      'the site of a storage names another Data.fs than the one that is frozen: restart the server',
    );
  };
}
