import { resolve } from 'node:path';
import { type HeldSnapshot, type SnapshotEngine, withSnapshot } from '@holdfast/directorystorage';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { Context } from '../context.js';

/** Options of every `ds` command that needs the storage frozen. */
export interface FrozenOptions {
  readonly storage?: string;
  readonly snapshotConf?: string;
}

/**
 * Runs `use` on the storage, frozen: in the snapshot that the command runs under, or in one of its own. The messages of
 * the snapshot are details here.
 */
export function frozen<T>(
  context: Context,
  { storage, snapshotConf }: FrozenOptions,
  use: (held: HeldSnapshot) => Promise<T>,
): Promise<T> {
  const { output, clock, signal, cwd } = context;
  const log = { message: output.detail, detail: output.detail, warn: output.warn };
  const engine: SnapshotEngine = { fs: nodeFileSystem, clock, signal, log };
  const conf = snapshotConf === undefined ? undefined : resolve(cwd, snapshotConf);
  return withSnapshot(engine, { directory: storage, conf }, use);
}

/** The storage of a command that needs no snapshot, but may run under one. */
export function namedStorage(storage: string | undefined): string {
  const directory = storage ?? process.env.SNAPSHOT_DIRECTORY;
  if (directory !== undefined && directory !== '') return directory;
  throw new HoldfastError('usage', 'no storage was named: give --storage DIRECTORY');
}
