/** Where the file of a blob lies in a blob directory (docs/formats/blob-backups.md, "Blob directory"). */
import { join } from 'node:path';
import { type FileSystem, readSmallFile } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobReference } from './request.js';

export type BlobLayout = 'bushy' | 'lawn';

export const LAYOUT_FILE = '.layout';
const LONGEST = 4096;

/**
 * The layout of a blob directory, as ZODB decides it: what `.layout` says; without that file, bushy where there is
 * nothing visible yet, else lawn.
 *
 * @throws HoldfastError `blobs.layout` when `.layout` says something else
 */
export async function readLayout(fs: FileSystem, directory: string): Promise<BlobLayout> {
  const path = join(directory, LAYOUT_FILE);
  const marker = await orUndefined(readSmallFile(fs, path, LONGEST));
  if (marker === undefined) return layoutWithoutMarker(fs, directory);
  const text = marker.toString('latin1').trim();
  if (text === 'bushy' || text === 'lawn') return text;
  throw new HoldfastError('blobs.layout', `${path} says ${JSON.stringify(text.slice(0, 40))}`, { path });
}

async function layoutWithoutMarker(fs: FileSystem, directory: string): Promise<BlobLayout> {
  const entries = await orUndefined(fs.readDirectory(directory));
  return entries?.some(({ name }) => !name.startsWith('.')) === true ? 'lawn' : 'bushy';
}

async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}

/** Path of a blob's file below the blob directory. */
export function blobPath(layout: BlobLayout, { oid, tid }: BlobReference): string {
  return `${objectDirectory(layout, oid)}/0x${stripZeroBytes(tid)}.blob`;
}

/** Which blob lies at a path below the blob directory; undefined for every path that ZODB would not write. */
export function parseBlobPath(layout: BlobLayout, path: string): BlobReference | undefined {
  const slash = path.lastIndexOf('/');
  if (slash < 0 || !path.endsWith('.blob')) return undefined;
  const tid = parseHex(path, slash + 1, path.length - '.blob'.length);
  const oid = layout === 'bushy' ? parseBushy(path, slash) : parseHex(path, 0, slash);
  return tid === undefined || oid === undefined ? undefined : { oid, tid };
}

const BLOB: Readonly<Record<BlobLayout, RegExp>> = {
  bushy: /^(?:0x[0-9a-f]{2}\/){8}0x(?:00|(?!00)(?:[0-9a-f]{2}){1,8})\.blob$/,
  lawn: /^0x(?:00|(?!00)(?:[0-9a-f]{2}){1,8})\/0x(?:00|(?!00)(?:[0-9a-f]{2}){1,8})\.blob$/,
};

/** Whether `parseBlobPath` knows the path; several times as fast. */
export function isBlobPath(layout: BlobLayout, path: string): boolean {
  return BLOB[layout].test(path);
}

/** Levels of directories, the root among them, above the one that holds the blobs of an object. */
export function directoryDepth(layout: BlobLayout): number {
  return layout === 'lawn' ? 1 : 8;
}

function objectDirectory(layout: BlobLayout, oid: string): string {
  if (layout === 'lawn') return `0x${stripZeroBytes(oid)}`;
  return oid.replace(/../g, (byte) => `/0x${byte}`).slice(1);
}

/** Lower-case hex without leading zero bytes; zero is `00`. */
function stripZeroBytes(hex: string): string {
  let start = 0;
  while (start < hex.length - 2 && hex.startsWith('00', start)) start += 2;
  return hex.slice(start);
}

const HEX = /^0x(?:[0-9a-f]{2}){1,8}$/;
const BUSHY = /^(?:0x[0-9a-f]{2}\/){7}0x[0-9a-f]{2}$/;

/** 16 digits from what `stripZeroBytes` left, with `0x` before. */
function parseHex(path: string, start: number, end: number): string | undefined {
  const text = path.slice(start, end);
  if (!HEX.test(text) || (text.startsWith('0x00') && text.length > 4)) return undefined;
  return text.slice(2).padStart(16, '0');
}

function parseBushy(path: string, end: number): string | undefined {
  const directory = path.slice(0, end);
  return BUSHY.test(directory) ? directory.replace(/\/?0x/g, '') : undefined;
}
