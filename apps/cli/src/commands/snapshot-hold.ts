import {
  enterSnapshot,
  freezeFileStorage,
  joinSurrounding,
  joinSurroundingFile,
  type Retry,
  type SnapshotEngine,
} from '@holdfast/directorystorage';
import { nodeFileSystem, statIfThere, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { RunLocked } from '@holdfast/lockfile';
import { type SnapshotFlags, type SnapshotTask, secondsOf, timerOf } from './snapshot-arguments.js';
import type { SnapshotConsole } from './snapshot-console.js';

/** A frozen storage, for COMMAND. */
export interface Held {
  readonly environment: Readonly<Record<string, string>>;
  readonly lock: RunLocked['lock'];
  /** @throws HoldfastError `snapshot.lost`, `snapshot.not-left` */
  release(): Promise<void>;
}

type RunTask = Extract<SnapshotTask, { kind: 'run' }>;

/** Of a surrounding snapshot: somebody else has locked it, and lets it go. */
const SURROUNDING: Held = {
  environment: {},
  lock: { descriptors: [], assertHeld: () => {} },
  release: async () => {},
};

export function makeSnapshotEngine(log: SnapshotConsole, signal: AbortSignal): SnapshotEngine {
  return { fs: nodeFileSystem, clock: systemClock, signal, log };
}

/** Freezes the storage that the task names, whichever kind it is of. */
export async function hold(
  task: RunTask,
  flags: SnapshotFlags,
  console: SnapshotConsole,
  signal: AbortSignal,
): Promise<Held> {
  const engine = makeSnapshotEngine(console, signal);
  const retry: Retry = { forMs: secondsOf('-t', flags.t), everyMs: timerOf('-s', flags.s) };
  const common = { conf: task.conf, ...serverOptions(flags) };
  const { storage } = task;
  if (storage !== undefined && !(await isDirectory(storage))) {
    expectNotCat(storage, task.command);
    const surrounding = await joinSurroundingFile(engine.fs, process.env, storage);
    if (surrounding !== undefined) return SURROUNDING;
    const held = asHeld(
      await freezeFileStorage(engine, { ...common, dataFs: storage, copy: flags.copy }, retry),
    );
    return process.env.SNAPSHOT_VERSION === undefined ? held : withoutTimestamp(held);
  }
  const surrounding = await joinSurrounding(engine.fs, process.env, storage);
  if (surrounding !== undefined) return { ...SURROUNDING, release: () => surrounding.assertHeld() };
  if (storage === undefined)
    throw new HoldfastError('usage', 'no storage was named: give --storage DIRECTORY');
  if (flags.copy === true)
    throw new HoldfastError('usage', '--copy is for a Data.fs, not for a DirectoryStorage');
  return asHeld(await enterSnapshot(engine, { ...common, directory: storage }, retry));
}

/** The program `cat` would read standard input: what was meant are the frozen bytes. @throws HoldfastError `usage` */
function expectNotCat(storage: string, command: readonly string[]): void {
  if (command.length !== 1 || command[0] !== 'cat') return;
  throw new HoldfastError('usage', `COMMAND is the program cat, which reads nothing of ${storage}`, {
    hint: 'Let COMMAND write the frozen bytes: -- sh -c "holdfast snapshot cat > COPY".',
  });
}

/** Under the snapshot of a DirectoryStorage: its tools go by the time of that one. */
function withoutTimestamp(held: Held): Held {
  const { SNAPSHOT_TIMESTAMP: _, ...environment } = held.environment;
  return { ...held, environment };
}

/** What is the same for entering and leaving. */
export function serverOptions({ accessFromCwd, httpTimeout }: SnapshotFlags) {
  return {
    accessRelativeTo: accessFromCwd === true ? ('cwd' as const) : ('conf' as const),
    timeoutMs: timerOf('--http-timeout', httpTimeout),
  };
}

interface Session {
  readonly lock: RunLocked['lock'];
  environment(): Readonly<Record<string, string>>;
  release(): Promise<void>;
}

function asHeld(session: Session): Held {
  return { environment: session.environment(), lock: session.lock, release: () => session.release() };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await statIfThere(nodeFileSystem, path))?.kind === 'directory';
}
