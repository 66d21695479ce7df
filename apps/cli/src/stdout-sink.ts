import { fsError } from '@holdfast/durable-fs';

/** Writes to standard output and waits until the reader has taken it, so that a slow pipe bounds the memory. */
export async function stdoutSink(chunk: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(chunk, (error) => {
      if (error) reject(fsError(error, 'write to', 'standard output'));
      else resolve();
    });
  });
}
