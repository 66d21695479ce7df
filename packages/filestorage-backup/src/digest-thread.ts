import { Worker } from 'node:worker_threads';
import { HoldfastError } from '@holdfast/errors';

/** SHA-256 on a thread of its own, of memory that is shared with it, so that nothing is copied. */
export class DigestThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(digest: string): void; reject(error: unknown): void }>();
  #next = 0;

  constructor() {
    this.#worker = new Worker(PROGRAM, { eval: true });
    this.#worker.on('message', ({ id, digest }: { id: number; digest: string }) => {
      this.#waiting.get(id)?.resolve(digest);
      this.#waiting.delete(id);
    });
    this.#worker.on('error', (cause) => this.fail(cause));
    this.#worker.on('exit', () => this.fail(undefined));
  }

  /** A buffer that the thread sees too. */
  static allocate(size: number): Buffer {
    return Buffer.from(new SharedArrayBuffer(size));
  }

  /** Base64. @param bytes of a buffer of `allocate`, not to be changed before the digest is there */
  sha256(bytes: Uint8Array): Promise<string> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const { buffer, byteOffset, byteLength } = bytes;
      this.#worker.postMessage({ id, buffer, byteOffset, byteLength });
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  private fail(cause: unknown): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new HoldfastError('internal', 'the thread that makes digests ended', { cause }));
    }
    this.#waiting.clear();
  }
}

/** Plain text, because a thread cannot be started from inside a bundle by a file name. */
const PROGRAM = `
const { createHash } = require('node:crypto');
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ id, buffer, byteOffset, byteLength }) => {
  const digest = createHash('sha256').update(new Uint8Array(buffer, byteOffset, byteLength)).digest('base64');
  parentPort.postMessage({ id, digest });
});
`;
