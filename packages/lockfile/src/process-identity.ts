import { hostname } from 'node:os';
import { type FileSystem, nodeFileSystem, readFully } from '@holdfast/durable-fs';

/** What tells one process from every other one, also from a later one that got the same number. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Start time in clock ticks since boot (field 22 of /proc/PID/stat, proc(5)); `undefined` without /proc. */
  readonly processStart: string | undefined;
  /** /proc/sys/kernel/random/boot_id: another one means that the machine was started again since. */
  readonly bootId: string | undefined;
}

export type Liveness =
  | 'alive'
  /** No such process, or the machine was started again since. */
  | 'dead'
  /** There is a process of that number, but it started at another time. */
  | 'pid-reused'
  /** It ran on another host, or this system does not say. */
  | 'unknown';

let bootId: Promise<string | undefined> | undefined;
let ownStart: Promise<string | undefined> | undefined;

export async function ownIdentity(): Promise<ProcessIdentity> {
  ownStart ??= processStart(process.pid);
  return { host: hostname(), pid: process.pid, processStart: await ownStart, bootId: await ownBootId() };
}

/** Whether the process that a record names still runs; only ever said of this host. */
export async function livenessOf(identity: ProcessIdentity): Promise<Liveness> {
  if (identity.host !== hostname()) return 'unknown';
  const boot = await ownBootId();
  if (identity.bootId !== undefined && boot !== undefined && identity.bootId !== boot) return 'dead';
  if (!isRunning(identity.pid)) return 'dead';
  const start = await processStart(identity.pid);
  if (start === undefined || identity.processStart === undefined) return 'alive';
  return start === identity.processStart ? 'alive' : 'pid-reused';
}

/** Signal 0 asks without doing anything; EPERM means that the process is there, but another user's. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Start time in clock ticks since boot; `undefined` when there is no such process or no /proc. */
export async function processStart(pid: number): Promise<string | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

function ownBootId(): Promise<string | undefined> {
  bootId ??= readProc('/proc/sys/kernel/random/boot_id').then((text) => text?.trim());
  return bootId;
}

/** The text of a /proc file (these say that they have 0 bytes); `undefined` when it cannot be read. */
export async function readProc(
  path: string,
  limit = 4096,
  fs: FileSystem = nodeFileSystem,
): Promise<string | undefined> {
  try {
    const file = await fs.openRead(path);
    try {
      const buffer = Buffer.alloc(limit);
      return buffer.toString('utf8', 0, await readFully(file, buffer, 0));
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** A process that started this much after a text was written did not write it: the clock may be off by as much. */
const START_SLACK_MS = 2000;
/** USER_HZ, the unit of a start time in /proc: 100 on every architecture that Linux's C library knows today. */
const TICKS_PER_SECOND = 100;

/** As `livenessOf`, for a bare pid and the moment (milliseconds since 1970) at which it was written down. */
export async function pidLiveness(pid: number, writtenMs: number): Promise<Liveness> {
  if (pid <= 0 || !isRunning(pid)) return 'dead';
  const ticks = Number(await processStart(pid));
  const boot = /^btime (\d+)$/m.exec((await readProc('/proc/stat', 1 << 20)) ?? '')?.[1];
  if (!Number.isFinite(ticks) || boot === undefined) return 'alive';
  const startedMs = Number(boot) * 1000 + (ticks / TICKS_PER_SECOND) * 1000;
  return startedMs > writtenMs + START_SLACK_MS ? 'pid-reused' : 'alive';
}
