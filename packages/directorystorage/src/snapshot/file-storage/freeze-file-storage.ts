import { resolve } from 'node:path';
import { errorLine } from '@holdfast/errors';
import { logOf, type SnapshotEngine } from '../engine.js';
import { EnteredServers } from '../methods.js';
import { notFrozen } from '../not-locked.js';
import { type Conf, readConf } from '../read-conf.js';
import { type Retry, type SnapshotRequest, TIMEOUT_MS } from '../request.js';
import { withRetry } from '../retry.js';
import { FileSnapshotSession } from './file-session.js';
import { type FreezeRequest, type Frozen, freeze } from './freeze.js';
import { useServersFrozen, warnOfOther } from './server-frozen.js';

/** `conf`: there is none unless it is given; then freezing needs no server. */
export interface FileSnapshotRequest extends FreezeRequest, Omit<SnapshotRequest, 'directory'> {}

const DIRECT: Conf = { path: '', methods: [{ kind: 'direct' }] };

/**
 * Freezes a FileStorage: by itself (`direct`), or after a server of its `snapshot.conf` was asked to enter snapshot mode.
 *
 * @throws HoldfastError as `freeze`; `snapshot.not-locked` where a server must be asked (`nodirect`) and none enters
 */
export function freezeFileStorage(
  engine: SnapshotEngine,
  request: FileSnapshotRequest,
  retry: Retry = {},
): Promise<FileSnapshotSession> {
  return withRetry(engine, retry, () => freezeOnce(engine, request));
}

async function freezeOnce(
  engine: SnapshotEngine,
  request: FileSnapshotRequest,
): Promise<FileSnapshotSession> {
  const { dataFs, conf, accessRelativeTo = 'conf', timeoutMs = TIMEOUT_MS } = request;
  let direct: Frozen | undefined;
  const servers = new EnteredServers(engine, {
    storageOwner: await ownerOf(engine, dataFs),
    accessRelativeTo,
    cwd: process.cwd(),
    timeoutMs,
    // It has entered once the file is frozen: what is no Data.fs is told before.
    direct: async () => {
      direct = await freeze(engine, request);
      return { outcome: 'entered', reason: '' };
    },
  });
  try {
    const timestamp = Math.floor(engine.clock.now() / 1000);
    await servers.tryMethods(conf === undefined ? DIRECT : await readConf(engine, resolve(conf)));
    if (servers.attempts.at(-1)?.outcome !== 'entered') throw notFrozen(dataFs, servers.attempts);
    const frozen = direct ?? (await fromServer(engine, request, servers)) ?? (await freeze(engine, request));
    logOf(engine).message('Locked snapshot mode');
    return new FileSnapshotSession({ engine, dataFs, timestamp, frozen, servers });
  } catch (error) {
    const problem = await servers.leave();
    if (problem !== undefined) logOf(engine).warn(errorLine(problem));
    throw error;
  }
}

/** What the server froze, where that can be used here and no copy was asked for. A Zope says nothing of what it froze. */
async function fromServer(
  engine: SnapshotEngine,
  { dataFs, copy }: FileSnapshotRequest,
  { details, entered }: EnteredServers,
): Promise<Frozen | undefined> {
  if (details === undefined || entered === undefined) return undefined;
  if (details.frozen === undefined) {
    if (details.directory !== undefined)
      warnOfOther(engine, dataFs, entered.url, `it froze the DirectoryStorage ${details.directory}`);
    return undefined;
  }
  const frozen = await useServersFrozen(engine, dataFs, entered.url, details.frozen);
  return copy === true ? undefined : frozen;
}

/** Where it is missing, freezing tells. */
async function ownerOf({ fs }: SnapshotEngine, dataFs: string): Promise<number> {
  const stat = await fs.stat(dataFs).catch(() => undefined);
  return stat?.uid ?? 0;
}
