import { type FileSystem, publishFile, readSmallFile } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';

/** What is moved. */
export interface Amount {
  readonly dataBytes: number;
  readonly blobBytes: number;
  readonly blobFiles: number;
}

/** A common server's disk, when nothing was measured: bytes in a second, files in a second. */
const DATA_RATE = 120e6;
const BLOB_RATE = 100e6;
const FILE_RATE = 4000;
/** Below this a time says nothing about the disk. */
const SMALLEST_MEASURED = 16 << 20;
const LARGEST_FILE = 4096;

/** @param factor how much slower than assumed the last restore was, from `readFactor` */
export function expectedSeconds({ dataBytes, blobBytes, blobFiles }: Amount, factor: number): number {
  return factor * (dataBytes / DATA_RATE + blobBytes / BLOB_RATE + blobFiles / FILE_RATE);
}

/** 1 where nothing was recorded, or what was cannot be read. */
export async function readFactor(fs: FileSystem, path: string | undefined): Promise<number> {
  if (path === undefined) return 1;
  try {
    const { factor } = JSON.parse((await readSmallFile(fs, path, LARGEST_FILE)).toString()) as {
      factor?: unknown;
    };
    return typeof factor === 'number' && factor > 0 && Number.isFinite(factor) ? factor : 1;
  } catch (error) {
    if (isHoldfastError(error) || error instanceof SyntaxError) return 1;
    throw error;
  }
}

/** A convenience: where it cannot be written, the next restore assumes again. */
export async function recordFactor(
  fs: FileSystem,
  path: string | undefined,
  amount: Amount,
  seconds: number,
): Promise<void> {
  if (path === undefined || amount.dataBytes + amount.blobBytes < SMALLEST_MEASURED) return;
  const factor = seconds / expectedSeconds(amount, 1);
  const text = `${JSON.stringify({ version: 1, factor, ...amount, seconds })}\n`;
  try {
    await publishFile(fs, path, text, { replace: true });
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
  }
}
