import { createHash } from 'node:crypto';
import { CHUNK_SIZE, type FileSystem, readFully } from '@holdfast/durable-fs';

/** SHA-256 of a whole manifest, base64: what a set record holds it by. */
export async function manifestSha256({ fs }: { readonly fs: FileSystem }, path: string): Promise<string> {
  const file = await fs.openRead(path);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK_SIZE);
    for (let position = 0; ; ) {
      const count = await readFully(file, buffer, position);
      if (count === 0) return hash.digest('base64');
      hash.update(buffer.subarray(0, count));
      position += count;
    }
  } finally {
    await file.close();
  }
}
