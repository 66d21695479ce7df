import type { World } from '@holdfast/backup';
import { type Clock, nodeBulkFiles, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type Engine, LocalStore } from '@holdfast/filestorage-backup';
import { bestCodec, type GzipCodec } from '@holdfast/gzip-members';
import { makeOutput, type Output, type OutputFlags } from './output.js';
import { ProgressDisplay } from './progress.js';
import type { Streams } from './streams.js';

export type CodecChoice = 'auto' | 'libdeflate' | 'zlib';

/** What a command works with: the outside world and how to print. */
export interface Context {
  readonly streams: Streams;
  readonly output: Output;
  readonly progress: ProgressDisplay;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly cwd: string;
}

export function makeContext(streams: Streams, flags: OutputFlags): Context {
  const progress = new ProgressDisplay(streams.stderr, systemClock);
  return {
    streams,
    output: makeOutput(streams, flags, () => progress.end()),
    progress,
    clock: systemClock,
    signal: untilStopped(),
    cwd: workingDirectory(),
  };
}

const STOPPING = {
  SIGINT: 'Ctrl-C',
  SIGTERM: 'SIGTERM',
  SIGHUP: 'the end of the terminal (SIGHUP)',
} as const;

/** Aborted by the first signal; a second one of the same kind ends the process as if nobody listened. */
function untilStopped(): AbortSignal {
  const controller = new AbortController();
  for (const [name, text] of Object.entries(STOPPING)) {
    process.once(name, () => {
      controller.abort(
        new HoldfastError('cancelled', `stopped by ${text}; nothing was published or replaced`),
      );
    });
  }
  return controller.signal;
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new HoldfastError('fs.not-found', 'the directory that this command was started in is gone', {
      cause,
      hint: 'Go to another directory, then run the command again.',
    });
  }
}

export function makeEngine(context: Context, repository: string, codec: CodecChoice = 'auto'): Engine {
  let made: GzipCodec | undefined;
  return {
    fs: nodeFileSystem,
    store: new LocalStore(nodeFileSystem, repository),
    clock: context.clock,
    codec: () => (made ??= bestCodec(codec)),
    signal: context.signal,
    ...(context.output.quiet ? {} : { onProgress: context.progress.update }),
  };
}

/** The same for operations on sets of `Data.fs` and blobs. */
export function makeWorld(context: Context, codec: CodecChoice = 'auto'): World {
  let made: GzipCodec | undefined;
  return {
    fs: nodeFileSystem,
    bulk: nodeBulkFiles,
    clock: context.clock,
    codec: () => (made ??= bestCodec(codec)),
    signal: context.signal,
    warn: context.output.warn,
    ...(context.output.quiet ? {} : { onProgress: context.progress.update }),
  };
}
