import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** What a file holds at some moment: enough to know later whether another one holds the same. */
export interface Content {
  readonly bytes: number;
  readonly sha256: string;
}

export async function contentOf(path: string): Promise<Content> {
  const bytes = await readFile(path);
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** An error when they differ. */
export function expectSame(found: Content, expected: Content, what: string): void {
  if (found.sha256 === expected.sha256 && found.bytes === expected.bytes) return;
  throw new Error(`${what} differs: ${found.bytes} bytes where ${expected.bytes} were expected`);
}
