import { spawn } from 'node:child_process';
import type { Log } from '../log.js';

/**
 * Tells systemd how the server is (`sd_notify(3)`), by the program `systemd-notify`, which comes with systemd: Node has no
 * datagrams on unix sockets. Where nothing started the server that wants to know, nothing is done.
 */
export interface Supervisor {
  tell(...states: readonly string[]): Promise<void>;
  /** Keeps the watchdog quiet for as long as `alive` says so, until it is ended. @returns ends it */
  watch(alive: () => Promise<boolean>): () => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function makeSupervisor(env: Environment, log: Log): Supervisor {
  const tell = async (...states: readonly string[]) => {
    if (env.NOTIFY_SOCKET === undefined || env.NOTIFY_SOCKET === '') return;
    const problem = await notify(states, env);
    if (problem !== undefined) log.warn({ states, problem }, 'systemd could not be told');
  };
  return {
    tell,
    watch(alive) {
      const interval = watchdogMs(env);
      if (interval === undefined) return () => {};
      const look = async () => {
        if (await alive()) await tell('WATCHDOG=1');
      };
      const timer = setInterval(() => {
        look().catch((error: unknown) => log.error({ err: error }, 'the watchdog was not told'));
      }, interval / 2);
      return () => clearInterval(timer);
    },
  };
}

/** Milliseconds; undefined: systemd waits for none, or for another process. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: Environment): number | undefined {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(process.pid)) return undefined;
  const milliseconds = Number(WATCHDOG_USEC) / 1000;
  return Number.isFinite(milliseconds) && milliseconds >= 1000 ? milliseconds : undefined;
}

/** Longer than that it must not hold up a start or a stop, milliseconds. */
const LIMIT_MS = 5_000;

function notify(states: readonly string[], env: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...states], {
      stdio: 'ignore',
      env: { PATH: env.PATH, NOTIFY_SOCKET: env.NOTIFY_SOCKET },
      timeout: LIMIT_MS,
    });
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `systemd-notify ended with ${code ?? signal}`),
    );
  });
}
