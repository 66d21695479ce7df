import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { FixedClock, temporaryDirectory } from '@holdfast/test-kit';
import { backupStorage, parseBackupWords, restoreStorage } from '../../src/index.js';
import { digests } from './fixture.js';
import { UNDISTURBED } from './lock.js';

export const NOON = Date.UTC(2026, 5, 1, 12);
export const HOUR = 3_600_000;

/** A backup at a moment: `full`, `prefix_p_inc_now`; and what was warned of. */
export async function backUp(directory: string, words: string, at = NOON, fs = nodeFileSystem) {
  const warnings: string[] = [];
  const engine = { fs, clock: new FixedClock(at), warn: (text: string) => void warnings.push(text) };
  const commands = parseBackupWords(words.split('_'), at);
  const request = { directory, lock: UNDISTURBED, timestamp: Math.floor(at / 1000), commands };
  return { ...(await backupStorage(engine, request)), warnings };
}

/** Restores the archives of a storage to a new place. */
export async function restoreFrom(
  directory: string,
  choice: { readonly sequence?: number; readonly prefix?: string } = {},
) {
  const warnings: string[] = [];
  const engine = { fs: nodeFileSystem, warn: (text: string) => void warnings.push(text) };
  const target = join(await temporaryDirectory(), 'restored');
  const report = await restoreStorage(engine, { backups: join(directory, 'backups'), target, ...choice });
  return { ...report, target, warnings };
}

/** The files that a backup brings back, by their path. */
export async function backedUp(directory: string): Promise<Readonly<Record<string, string>>> {
  const all = Object.entries(await digests(directory));
  return Object.fromEntries(all.filter(([path]) => /^(A|config)\//.test(path)));
}
