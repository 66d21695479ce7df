import type { Clock, FileSystem } from '@holdfast/durable-fs';
import type { GzipCodec } from '@holdfast/gzip-members';
import type { Store } from './store.js';

/** What every operation of the engine works with: the outside world, handed in. */
export interface Engine {
  readonly fs: FileSystem;
  readonly store: Store;
  readonly clock: Clock;
  /** Made at the first use: an increment with nothing to do loads no compressor. */
  readonly codec: () => GzipCodec;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called before and after each step that changes the repository; tests stop the engine there. */
  readonly failpoint?: ((name: string) => Promise<void> | void) | undefined;
}

export interface Progress {
  readonly phase: 'read' | 'copy' | 'check' | 'restore' | 'rebuild';
  /** Bytes done of `total`. */
  readonly done: number;
  readonly total: number;
}

/** Names both sides of one step, so that a test can stop before and after it. */
export async function step<T>(engine: Engine, name: string, action: () => Promise<T>): Promise<T> {
  await engine.failpoint?.(`before:${name}`);
  const result = await action();
  await engine.failpoint?.(`after:${name}`);
  return result;
}
