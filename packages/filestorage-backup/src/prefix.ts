import { createHash } from 'node:crypto';
import { readFully, throwIfCancelled } from '@holdfast/durable-fs';
import type { Engine } from './engine.js';
import type { FileRecord } from './record.js';
import type { Source } from './source.js';

const CHUNK = 4 << 20;

/** Reads the backed-up part of a source once and compares it, file by file, with the recorded checksums. */
export async function comparePrefix(
  engine: Engine,
  source: Source,
  files: readonly FileRecord[],
): Promise<boolean> {
  const total = files.at(-1)?.end ?? 0;
  const buffers = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)] as const;
  for (const file of files) {
    const md5 = createHash('md5');
    let position = file.start;
    let next = readChunk(source, buffers[0], position, file.end);
    for (let turn = 1; position < file.end; turn += 1) {
      throwIfCancelled(engine.signal);
      const chunk = await next;
      if (chunk.length === 0) return false;
      position += chunk.length;
      next = readChunk(source, buffers[(turn % 2) as 0 | 1], position, file.end);
      next.catch(() => {});
      md5.update(chunk);
      engine.onProgress?.({ phase: 'read', done: position, total });
    }
    await next;
    if (md5.digest('hex') !== file.md5) return false;
  }
  return true;
}

async function readChunk(source: Source, buffer: Buffer, position: number, end: number): Promise<Buffer> {
  const wanted = buffer.subarray(0, Math.max(0, Math.min(buffer.length, end - position)));
  return wanted.subarray(0, await readFully(source.file, wanted, position));
}
