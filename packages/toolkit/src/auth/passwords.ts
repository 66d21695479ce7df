import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@holdfast/errors';
import { DEFAULT_COST, formatScryptHash, memoryOf, type ScryptCost, type ScryptHash } from './scrypt-hash.js';

export type StoredSecret =
  | { readonly kind: 'clear'; readonly password: Secret }
  | ({ readonly kind: 'scrypt' } & ScryptHash);

/** Computes scrypt on the thread pool; `length` in bytes. */
export type Derive = (password: string, salt: Buffer, length: number, cost: ScryptCost) => Promise<Buffer>;

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FIXED_SALT = Buffer.alloc(SALT_BYTES);

/** Two texts are compared as these digests of them: of one length, and unknown to whoever chose the texts. */
const comparing = randomBytes(32);

export const deriveByScrypt: Derive = (password, salt, length, cost) =>
  new Promise((resolve, reject) => {
    // OpenSSL counts some blocks beside the large one.
    const maxmem = memoryOf(cost) + 128 * cost.r * (cost.p + 2) + (1 << 20);
    const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem };
    scrypt(password, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });

/** As the access file holds it: `$scrypt$…`, with a salt of its own. Takes about a tenth of a second. */
export async function hashPassword(password: string, cost = DEFAULT_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return formatScryptHash({
    cost,
    salt,
    hash: await deriveByScrypt(normal(password), salt, HASH_BYTES, cost),
  });
}

/**
 * Whether it is the password. One computation of scrypt in every case, also where the secret is clear text, so that the time
 * tells nothing.
 */
export async function verifyPassword(
  password: string,
  secret: StoredSecret,
  derive = deriveByScrypt,
): Promise<boolean> {
  if (secret.kind === 'clear') {
    await derive(normal(password), FIXED_SALT, HASH_BYTES, DEFAULT_COST);
    return sameText(normal(password), normal(secret.password.reveal()));
  }
  const { salt, hash, cost } = secret;
  return timingSafeEqual(await derive(normal(password), salt, hash.length, cost), hash);
}

/** What a user is compared with who is not there: as dear as `like`, and nobody's. */
export function nobodysSecret(like: StoredSecret | undefined): StoredSecret {
  const cost = like?.kind === 'scrypt' ? like.cost : DEFAULT_COST;
  const length = like?.kind === 'scrypt' ? like.hash.length : HASH_BYTES;
  return { kind: 'scrypt', cost, salt: FIXED_SALT, hash: randomBytes(length) };
}

/** In a time that does not depend on where they differ. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

/** The same letters may be typed as different characters (é, or e and an accent): RFC 8265. */
function normal(text: string): string {
  return text.normalize('NFC');
}

function digest(text: string): Buffer {
  return createHmac('sha256', comparing).update(text).digest();
}
