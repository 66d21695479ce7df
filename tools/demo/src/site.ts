import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { appendTransactions, commitBlobs, sampleStorage } from '@holdfast/test-kit';
import { type Content, contentOf } from './compare.js';

const DOCUMENTS = 300;
const BLOB_SIZE = 20_000;

/** A directory laid out as buildout lays out a Plone site, with a sample database and its blobs in it. */
export interface Site {
  readonly directory: string;
  /** Relative to the directory, as a user would type it; so are the others. */
  readonly datafs: string;
  readonly blobs: string;
  readonly backups: string;
}

/** Both halves of a site at some moment. */
export interface SiteContent {
  readonly datafs: Content;
  readonly blobs: Content;
}

export async function makeSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const site = {
    directory,
    datafs: 'var/filestorage/Data.fs',
    blobs: 'var/blobstorage',
    backups: 'var/backups',
  };
  await mkdir(join(directory, 'var', 'filestorage'), { recursive: true });
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

/** What happens on a site between two backups: documents are changed ... */
export async function work({ directory, datafs }: Site, transactions: number): Promise<void> {
  await appendTransactions(nodeFileSystem, join(directory, datafs), { transactions, seed: 2 });
}

/** ... and files are uploaded: blobs, all in one transaction. */
export async function upload({ directory, datafs, blobs }: Site, count: number): Promise<void> {
  const paths = { datafs: join(directory, datafs), blobs: join(directory, blobs) };
  await commitBlobs({ ...paths, count, size: BLOB_SIZE });
}

export async function siteContent({ directory, datafs, blobs }: Site): Promise<SiteContent> {
  return {
    datafs: await contentOf(join(directory, datafs)),
    blobs: await contentOf(join(directory, blobs)),
  };
}

/** The set of the first backup, from the name of its file. */
export async function firstSet({ directory, backups }: Site): Promise<string> {
  const names = await readdir(join(directory, backups));
  const full = names.filter((name) => /\.fsz?$/.test(name)).sort()[0];
  if (full === undefined) throw new Error(`there is no full backup in ${backups}`);
  return full.replace(/\.fsz?$/, '');
}

export async function removeSite({ directory }: Site): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
