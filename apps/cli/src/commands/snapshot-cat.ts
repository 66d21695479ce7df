import { frozenBytes, surroundingFile } from '@holdfast/directorystorage';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { EXIT, HoldfastError } from '@holdfast/errors';
import type { Streams } from '../streams.js';

/** `holdfast snapshot cat`: the frozen bytes of the `Data.fs` that this process runs under, on standard output. */
export async function catCommand({ stdout }: Streams, signal: AbortSignal): Promise<number> {
  const file = surroundingFile(process.env);
  if (file === undefined) {
    throw new HoldfastError('usage', 'there is no frozen Data.fs: SNAPSHOT_FILE is not set', {
      hint: 'Run it under `holdfast snapshot --storage path/to/Data.fs`.',
    });
  }
  if (stdout.isTTY) {
    throw new HoldfastError('usage', 'a Data.fs is not written to a terminal', {
      hint: 'Redirect the output to a file.',
    });
  }
  for await (const chunk of frozenBytes(nodeFileSystem, file, signal)) await stdout.send(chunk);
  return EXIT.ok;
}
