/** What is looked at for a hole: as large as any block of a file system in use. */
const HOLE_SIZE = 1 << 16;

const ZEROS = Buffer.alloc(HOLE_SIZE);

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * The stretches of a chunk that must be written; what lies between is zeros in whole blocks, and can stay a hole.
 * Blocks are counted from the chunk's beginning, which lies on a multiple of `HOLE_SIZE` of the file.
 */
export function* stretchesToWrite(chunk: Uint8Array): Generator<Stretch> {
  let start = 0;
  for (let block = 0; block + HOLE_SIZE <= chunk.length; block += HOLE_SIZE) {
    if (ZEROS.compare(chunk, block, block + HOLE_SIZE) !== 0) continue;
    if (block > start) yield { start, end: block };
    start = block + HOLE_SIZE;
  }
  if (chunk.length > start) yield { start, end: chunk.length };
}
