import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { BulkFiles } from '@holdfast/durable-fs';

/** Entries between two turns of the event loop. */
const BATCH = 500;

/** Bytes that removing a directory gives back: files with another name elsewhere give back none. */
export async function bytesOfTree(bulk: BulkFiles, directory: string, turn = new Turns()): Promise<number> {
  let bytes = 0;
  for (const { name, kind } of bulk.readDirectory(directory)) {
    const path = join(directory, name);
    if (kind === 'directory') bytes += await bytesOfTree(bulk, path, turn);
    else if (kind === 'file') {
      const { size, links } = bulk.lstat(path);
      if (links === 1) bytes += size;
    }
    await turn.next();
  }
  return bytes;
}

/** Lets other work go on now and then. */
class Turns {
  #count = 0;

  async next(): Promise<void> {
    this.#count += 1;
    if (this.#count % BATCH === 0) await setImmediate();
  }
}
