import { createHash, webcrypto } from 'node:crypto';

/** Below this a digest on the spot is quicker than the way to the thread pool. */
const SMALL = 64 << 10;

/** SHA-256, base64; large inputs are hashed on the thread pool. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  if (bytes.length < SMALL) return createHash('sha256').update(bytes).digest('base64');
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('base64');
}
