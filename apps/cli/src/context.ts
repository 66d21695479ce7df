import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type Engine, LocalStore } from '@holdfast/filestorage-backup';
import { bestCodec, type GzipCodec } from '@holdfast/gzip-members';
import type { Output, Streams } from './output.js';
import { ProgressDisplay } from './progress.js';

export type CodecChoice = 'auto' | 'libdeflate' | 'zlib';

/** What a command works with: the outside world and how to print. */
export interface Context {
  readonly streams: Streams;
  readonly output: Output;
  readonly progress: ProgressDisplay;
  readonly signal: AbortSignal;
  readonly cwd: string;
}

export function makeContext(streams: Streams, output: Output): Context {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      controller.abort(new HoldfastError('cancelled', `stopped by ${name}; nothing was published`));
    });
  }
  return {
    streams,
    output,
    progress: new ProgressDisplay(streams.stderr),
    signal: controller.signal,
    cwd: process.cwd(),
  };
}

export function makeEngine(context: Context, repository: string, codec: CodecChoice = 'auto'): Engine {
  let made: GzipCodec | undefined;
  return {
    fs: nodeFileSystem,
    store: new LocalStore(nodeFileSystem, repository),
    clock: systemClock,
    codec: () => (made ??= bestCodec(codec)),
    signal: context.signal,
    ...(context.output.quiet ? {} : { onProgress: context.progress.update }),
  };
}
