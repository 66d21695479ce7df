import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { Secret } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { sampleFile, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { expect } from 'vitest';
import { unpackFixture } from '../../../directorystorage/test/support/fixture.js';
import type { KeeperLog } from '../../src/snapshots/keeper-log.js';
import { Keeper } from '../../src/snapshots/make-snapshot-keeper.js';
import type { StorageSource, ToolkitStorage } from '../../src/storages.js';
import { MovedClock } from './moved-clock.js';

export const LIFE_SECONDS = 60;

export function storageOf(name: string, source: StorageSource): ToolkitStorage {
  return { name, source, lifeSeconds: LIFE_SECONDS, backups: undefined };
}

export function zopeSource(url: string, password = 'geheim'): StorageSource {
  return {
    kind: 'zope',
    directory: '/nowhere',
    url,
    access: { user: 'backup', password: new Secret(password) },
  };
}

export async function makeFileStorage(): Promise<string> {
  const dataFs = join(await temporaryDirectory(), 'Data.fs');
  await sampleFile(dataFs);
  return dataFs;
}

export function makeDirectoryStorage(name = 'clean-chunky'): Promise<string> {
  return unpackFixture(name);
}

/** A log that is kept: one line an entry, `level: message {details}`. */
export function keptLog(): { readonly log: KeeperLog; readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (details: object, text: string) => {
    lines.push(`${level}: ${text} ${JSON.stringify(details)}`);
  };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { log: log as unknown as KeeperLog, lines };
}

export interface KeeperParts {
  readonly storages: readonly ToolkitStorage[];
  readonly stateDirectory: string;
  readonly fs?: FileSystem;
  readonly clock?: MovedClock;
}

/** A keeper that gives its locks up when the test ends. */
export function makeKeeper({ fs = nodeFileSystem, clock = new MovedClock(), ...rest }: KeeperParts) {
  const { log, lines } = keptLog();
  const keeper = new Keeper({ ...rest, fs, clock, log });
  whenDone(() => keeper.drop());
  return { keeper, clock, lines };
}

/** As `makeKeeper`, started. */
export async function startKeeper(parts: KeeperParts) {
  const made = makeKeeper(parts);
  await made.keeper.start();
  return made;
}

export async function locksOf(directory: string): Promise<readonly string[]> {
  const held = [];
  for (const name of ['lock', 'sublock']) {
    if (await KernelLock.isHeld(join(directory, 'misc', name))) held.push(name);
  }
  return held;
}

export async function frozenBeside(dataFs: string): Promise<readonly string[]> {
  return (await readdir(dirname(dataFs))).filter((name) => name.startsWith('.holdfast-frozen-'));
}

export async function eventually(check: () => Promise<void> | void): Promise<void> {
  await expect.poll(async () => Promise.resolve(check()).then(() => true), { timeout: 20_000 }).toBe(true);
}
