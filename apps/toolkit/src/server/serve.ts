import type { Server } from 'node:https';
import { type Clock, type FileSystem, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { toolkitPlugin } from '@holdfast/toolkit';
import type { FastifyInstance } from 'fastify';
import type { ServerConfig, TlsFiles } from '../config/server-config.js';
import type { Log } from '../log.js';
import { makeSupervisor } from '../systemd/notify.js';
import { datesProblem, readTls, type TlsPair } from './certificates.js';
import { listenOn } from './listen.js';
import { makeServer } from './make-server.js';
import { listenToSignals } from './signals.js';

export interface ServeWorld {
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the process at once. */
  exit(status: number): void;
  readonly fs?: FileSystem;
  readonly clock?: Clock;
  /** Default: `LONGEST_STOP_MS`. */
  readonly longestStopMs?: number;
}

/** A stop takes no longer; systemd would kill the server after 30 s. */
const LONGEST_STOP_MS = 25_000;
/** Connections that are still open so long after the stop began are closed: a slow reader must not hold it up. */
const LAST_ANSWERS_MS = 5_000;

/** Serves until SIGTERM or SIGINT. @returns the exit status. @throws HoldfastError when it cannot start */
export async function serve(config: ServerConfig, world: ServeWorld): Promise<number> {
  const { log, env, fs = nodeFileSystem, clock = systemClock, longestStopMs = LONGEST_STOP_MS } = world;
  const supervisor = makeSupervisor(env, log);
  const tls = config.tls === undefined ? undefined : await readTls(fs, config.tls);
  if (tls !== undefined) warnOfDates(tls, clock, log);
  const app = makeServer({ log, tls, trustProxy: config.trustProxy });
  const { storages, state, access, title, thresholds } = config;
  app.register(toolkitPlugin, {
    storages,
    state,
    access,
    title,
    thresholds,
    tls: tls !== undefined,
    fs,
    clock,
  });
  const signals = listenToSignals({
    reload: () => {
      reload(app, fs, clock, config.tls, log).catch((error: unknown) =>
        log.error({ err: error }, 'not reloaded'),
      );
    },
    again: (signal) => {
      log.error({ signal }, 'a second signal: ended without waiting');
      world.exit(1);
    },
  });
  try {
    const ready = app.ready();
    // Taking up what a killed server left may last for minutes.
    await Promise.race([ready, signals.stopped]);
    if (!signals.isStopping) {
      const address = await listenOn(app, fs, config.listen);
      log.info({ address, storages: storages.map(({ name }) => name) }, 'listening');
      await supervisor.tell('READY=1');
    }
    const unwatch = supervisor.watch(async () => true);
    const signal = await signals.stopped;
    unwatch();
    log.info({ signal }, 'stopping');
    await supervisor.tell('STOPPING=1');
    return await stop(app, ready, log, longestStopMs);
  } catch (error) {
    const close = app.close().catch((cause: unknown) => log.error({ err: cause }, 'not closed tidily'));
    await within(longestStopMs, close);
    throw error;
  } finally {
    signals.end();
  }
}

/**
 * @param ready a start that still goes on is waited for: it is ended tidily, or not at all, as by a kill. Both are safe.
 */
async function stop(
  app: FastifyInstance,
  ready: PromiseLike<unknown>,
  log: Log,
  longestMs: number,
): Promise<number> {
  const closeConnections = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MS);
  try {
    const closed = Promise.resolve(ready).then(() => app.close());
    if (await within(longestMs, closed)) {
      log.info('stopped');
      return 0;
    }
    log.error('the stop took too long: what is still entered is taken up at the next start');
    return 1;
  } finally {
    clearTimeout(closeConnections);
  }
}

/** Whether it has ended within so many milliseconds. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let limit: NodeJS.Timeout | undefined;
  const tooLong = new Promise<false>((resolve) => {
    limit = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), tooLong]);
  } finally {
    clearTimeout(limit);
  }
}

/** New certificates for new connections. The access file needs no signal: it is read again when it has changed. */
async function reload(
  app: FastifyInstance,
  fs: FileSystem,
  clock: Clock,
  files: TlsFiles | undefined,
  log: Log,
): Promise<void> {
  if (files === undefined) {
    log.info('there is nothing to reload');
    return;
  }
  const pair = await readTls(fs, files);
  warnOfDates(pair, clock, log);
  (app.server as unknown as Server).setSecureContext({
    cert: pair.certificate,
    key: pair.key,
    minVersion: 'TLSv1.2',
  });
  log.info('the certificate was read again');
}

function warnOfDates(pair: TlsPair, clock: Clock, log: Log): void {
  const problem = datesProblem(pair, clock.now());
  if (problem !== undefined) log.warn({ problem }, 'look at the certificate');
}
