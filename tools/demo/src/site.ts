import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { appendTransactions, sampleStorage } from '@holdfast/test-kit';

const DOCUMENTS = 300;

/** A directory laid out as buildout lays out a Plone site, with a sample database in it. */
export interface Site {
  readonly directory: string;
  /** Relative to the directory, as a user would type it. */
  readonly datafs: string;
  readonly backups: string;
}

export async function makeSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const site = { directory, datafs: 'var/filestorage/Data.fs', backups: 'var/backups' };
  await mkdir(join(directory, 'var', 'filestorage'), { recursive: true });
  await mkdir(join(directory, site.backups));
  return site;
}

/** Writes the database with Holdfast's own writer: documents, changed in one transaction a minute from the given time on. */
export async function fill(
  { directory, datafs }: Site,
  transactions: number,
  startTimeMs: number,
): Promise<void> {
  const options = { documents: DOCUMENTS, transactions, startTimeMs };
  await sampleStorage(nodeFileSystem, join(directory, datafs), options);
}

/** What happens on a site between two backups. */
export async function work({ directory, datafs }: Site, transactions: number): Promise<void> {
  await appendTransactions(nodeFileSystem, join(directory, datafs), { transactions, seed: 2 });
}

/** The moment of the first backup, from the name of its file. */
export async function firstBackup({ directory, backups }: Site): Promise<string> {
  const names = await readdir(join(directory, backups));
  const full = names.filter((name) => /\.fsz?$/.test(name)).sort()[0];
  if (full === undefined) throw new Error(`there is no full backup in ${backups}`);
  return full.replace(/\.fsz?$/, '');
}

export async function removeSite({ directory }: Site): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
