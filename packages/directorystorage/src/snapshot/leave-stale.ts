import { resolve } from 'node:path';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { accessPath } from '@holdfast/snapshot-conf';
import { readAccessFile } from './access-file.js';
import { logOf, type SnapshotEngine } from './engine.js';
import { leaveSnapshot } from './leave.js';
import { defaultConfPath, readConf } from './read-conf.js';
import { ownerOfStorage, type SnapshotRequest, TIMEOUT_MS } from './request.js';
import { isLeftover, sentCode } from './session-code.js';
import { Toolkit } from './toolkit.js';

/** One server of a `snapshot.conf`. */
export interface StaleReport {
  readonly url: string;
  /** `kept`: somebody may still use it. `failed`: not left, or the server cannot be asked. */
  readonly state: 'no-snapshot' | 'left' | 'kept' | 'failed';
  /** The code that it was in. */
  readonly code: string | undefined;
  readonly reason: string;
}

/**
 * Takes a storage out of a snapshot that nobody will leave: that of a Holdfast of this host whose process is gone, or any that
 * was entered by a user (`force`). A server refuses while somebody holds the sublock, so nobody's snapshot is taken away
 * under a running command.
 *
 * @throws HoldfastError as `enterSnapshot` before it asks a server
 */
export async function leaveStale(
  engine: SnapshotEngine,
  request: SnapshotRequest,
  { force = false }: { readonly force?: boolean } = {},
): Promise<readonly StaleReport[]> {
  const { directory, accessRelativeTo = 'conf', timeoutMs = TIMEOUT_MS } = request;
  const storageOwner = await ownerOf(engine, request);
  const conf = await readConf(engine, resolve(request.conf ?? defaultConfPath(directory)));
  const reports: StaleReport[] = [];
  for (const method of conf.methods) {
    if (method.kind !== 'http') continue;
    const { url } = method;
    const path = accessPath(method.access, conf.path, accessRelativeTo, process.cwd());
    try {
      const access = await readAccessFile(engine.fs, { path, storageOwner }, logOf(engine));
      reports.push({ url, ...(await leaveOne(engine, new Toolkit({ url, access, timeoutMs }), force)) });
    } catch (error) {
      if (!isHoldfastError(error, 'snapshot.access') && !isHoldfastError(error, 'snapshot.server'))
        throw error;
      reports.push({ url, state: 'failed', code: undefined, reason: error.message });
    }
  }
  if (reports.length > 0) return reports;
  throw new HoldfastError('snapshot.conf', `${conf.path} names no Zope server that could be asked to leave`, {
    path: conf.path,
    hint: 'Without a running server a snapshot needs not be left: the next start of Zope tidies up.',
  });
}

/** A `Data.fs` may have a toolkit server of Holdfast, which its snapshot.conf names. */
async function ownerOf({ fs }: SnapshotEngine, { directory, conf }: SnapshotRequest): Promise<number> {
  const stat = conf === undefined ? undefined : await fs.stat(directory).catch(() => undefined);
  return stat?.kind === 'file' ? stat.uid : ownerOfStorage(fs, directory);
}

async function leaveOne(
  engine: SnapshotEngine,
  toolkit: Toolkit,
  force: boolean,
): Promise<Omit<StaleReport, 'url'>> {
  const current = await toolkit.currentCode();
  if (current === null) return { state: 'no-snapshot', code: undefined, reason: 'it is in no snapshot' };
  const code = sentCode(current);
  const leftover = await isLeftover(code);
  if (!leftover && code === current) return { state: 'kept', code, reason: 'it is in a snapshot of its own' };
  if (!leftover && !force) {
    return { state: 'kept', code, reason: 'its owner may be alive; --force leaves it all the same' };
  }
  const error = await leaveSnapshot(engine, toolkit, code);
  if (error === undefined) return { state: 'left', code, reason: 'Left snapshot mode' };
  return { state: 'failed', code, reason: error.message };
}
