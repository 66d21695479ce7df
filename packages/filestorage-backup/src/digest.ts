import { createHash } from 'node:crypto';
import { DigestThread } from './digest-thread.js';

/**
 * SHA-256, base64, on the spot. WebCrypto's asynchronous digest copies its input first, on this thread, which takes
 * as long as the digest itself.
 */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}

/** Digests many stretches of memory that it allocates itself. */
export interface Digester {
  allocate(size: number): Buffer;
  /** SHA-256, base64. */
  sha256(bytes: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

/** Below this a thread costs more than it saves. */
const WORTH_A_THREAD = 64 << 20;

/** A digester for so many bytes in all: of threads of its own where that is worth it. */
export function digesterFor(bytes: number, threads: number): Digester {
  if (bytes < WORTH_A_THREAD) return ON_THE_SPOT;
  const crew = Array.from({ length: threads }, () => new DigestThread());
  let turn = 0;
  return {
    allocate: DigestThread.allocate,
    sha256: (stretch) => crew[turn++ % crew.length]!.sha256(stretch),
    close: async () => {
      await Promise.all(crew.map((thread) => thread.close()));
    },
  };
}

const ON_THE_SPOT: Digester = {
  allocate: (size) => Buffer.allocUnsafeSlow(size),
  sha256: async (bytes) => sha256(bytes),
  close: async () => {},
};
