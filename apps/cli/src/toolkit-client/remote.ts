import {
  type ErrorCode,
  EXIT,
  errorLine,
  exitStatusOf,
  HoldfastError,
  isHoldfastError,
} from '@holdfast/errors';
import type { StatusData } from '@holdfast/monitor';
import type { BackupName, BackupOptions } from '../commands/backup.js';
import { tellList } from '../commands/list.js';
import { tellShow } from '../commands/show.js';
import { type StatusOptions, tellStatuses } from '../commands/status.js';
import { levelOf, type VerifyOptions } from '../commands/verify.js';
import type { Context } from '../context.js';
import { asShown } from '../progress.js';
import type { KindOptions } from '../sets.js';
import { isArchive, tellArchive, tellArchives } from './archives.js';
import { ask, errorOf } from './ask.js';
import { followJob } from './follow-job.js';
import type { RemoteJob } from './job.js';
import { type ToolkitOptions, type ToolkitPlace, toolkitPlace } from './place.js';
import { expectOptions } from './remote-options.js';
import { isJob, isSetList, isShown, isStatus, isStorages } from './shapes.js';
import { storageOf } from './storage-of.js';

/** Runs a command on a toolkit server; its exit status. */
export async function runRemote(
  context: Context,
  name: string,
  server: ToolkitOptions,
  options: object,
  words: readonly string[],
): Promise<number> {
  expectOptions(name, options);
  const place = await toolkitPlace(context, server);
  switch (name) {
    case 'list':
      return await list(context, place, server.storage, options);
    case 'show':
      return await show(context, place, server.storage, words[0] ?? '');
    case 'status':
      return await status(context, place, server.storage, options);
    case 'verify': {
      // Unasked the server takes its usual one: a check of a DirectoryStorage has no levels.
      const level = levelOf(options as VerifyOptions);
      const asked = level === 'stored' ? {} : { level };
      return await runJob(context, place, name, server.storage, { kind: name, ...asked });
    }
    default: {
      const { full } = options as BackupOptions;
      const kind: BackupName = full === true ? 'fullbackup' : (name as BackupName);
      return await runJob(context, place, name, server.storage, { kind });
    }
  }
}

async function list(
  context: Context,
  place: ToolkitPlace,
  wanted: string | undefined,
  { kind }: KindOptions,
) {
  const storage = await storageOf(context, place, wanted);
  const path = `storages/${storage}/sets`;
  const { sets, problems } = await ask(place, { path, signal: context.signal }, isSetList);
  const shown = kind === undefined ? sets : sets.filter((set) => set.kind === kind);
  const data = { sets: shown, problems };
  if (shown.length > 0 && shown.every(isArchive))
    tellArchives(context.output, data, (await statusOf(context, place, storage)).sets);
  else tellList(context.output, data, `There is no backup of ${storage}.`);
  return EXIT.ok;
}

async function show(context: Context, place: ToolkitPlace, wanted: string | undefined, id: string) {
  const storage = await storageOf(context, place, wanted);
  const path = `storages/${storage}/sets/${encodeURIComponent(id)}`;
  const data = await ask(place, { path, signal: context.signal }, isShown);
  if (isArchive(data.set)) tellArchive(context.output, data, (await statusOf(context, place, storage)).sets);
  else tellShow(context.output, data);
  return EXIT.ok;
}

async function status(
  context: Context,
  place: ToolkitPlace,
  wanted: string | undefined,
  { check }: StatusOptions,
): Promise<number> {
  const { signal } = context;
  const { storages } = await ask(place, { path: 'storages', signal }, isStorages);
  const names = storages.filter(({ backups }) => backups !== null).map(({ name }) => name);
  const statuses: StatusData[] = [];
  const failures: (readonly [name: string, error: HoldfastError])[] = [];
  for (const name of wanted === undefined ? names : [wanted]) {
    try {
      statuses.push(await statusOf(context, place, encodeURIComponent(name)));
    } catch (error) {
      if (!isHoldfastError(error) || OF_ALL.includes(error.code)) throw error;
      failures.push([name, error]);
    }
  }
  const [first] = failures;
  if (statuses.length === 0)
    throw first?.[1] ?? new HoldfastError('toolkit.no-backups', 'the server backs up no storage');
  // One that the server cannot read takes the others not with it.
  for (const [name, error] of failures) context.output.warn(`${name}: ${errorLine(error)}`);
  const told = tellStatuses(context, statuses, { check: check === true, unread: first !== undefined });
  return first === undefined ? told : exitStatusOf(first[1]);
}

/** @param storage for an address */
function statusOf({ signal }: Context, place: ToolkitPlace, storage: string): Promise<StatusData> {
  return ask(place, { path: `storages/${storage}/status`, signal }, isStatus);
}

/** What would be the same for the next storage. */
const OF_ALL: readonly ErrorCode[] = ['cancelled', 'toolkit.denied', 'toolkit.too-many'];

async function runJob(
  context: Context,
  place: ToolkitPlace,
  name: string,
  wanted: string | undefined,
  request: object,
): Promise<number> {
  const { output, progress, signal } = context;
  const storage = await storageOf(context, place, wanted);
  const body = { storage, ...request };
  const started = await ask(place, { method: 'POST', path: 'jobs', body, signal }, isJob);
  output.detail(`the job ${started.id} has begun`);
  const onChange = ({ progress: now }: RemoteJob) => {
    const shown = now === null || output.quiet ? undefined : asShown(now);
    if (shown !== undefined) progress.update(shown);
  };
  const job = await followJob({ place, signal, onChange }, started);
  progress.end();
  for (const text of job.warnings) output.warn(text);
  if (job.cut === true)
    output.warn(
      'the job said more than the server keeps: of long lists only the first items and the last are told',
    );
  if (job.state !== 'done') throw failure(job);
  for (const line of job.lines) output.line(line);
  output.result(name, job.data ?? {});
  return EXIT.ok;
}

function failure({ id, state, error }: RemoteJob): HoldfastError {
  const told = errorOf(error);
  if (state === 'cancelled')
    return new HoldfastError('cancelled', told?.message ?? `the job ${id} was cancelled`);
  return told ?? new HoldfastError('toolkit.job-failed', `the job ${id} ended as ${state}`);
}
