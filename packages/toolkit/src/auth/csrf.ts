/** Tokens for the forms of the page: an HMAC of user and hour. No state, and they survive a restart of the server. */
import { createHmac, randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import {
  type Clock,
  type FileSystem,
  makeDirectories,
  publishFile,
  readSmallFile,
} from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { AuthLog } from './auth-log.js';
import { sameText } from './passwords.js';

const KEY_BYTES = 32;
const MODE = 0o600;
const HOUR_MS = 3_600_000;
/** Hours; also ahead, since the wall clock may step back. */
const GOOD_FOR = 12;
const FORM = /^(\d{1,9})\.[A-Za-z0-9_-]{43}$/;

export class CsrfTokens {
  constructor(
    private readonly key: Buffer,
    private readonly clock: Clock,
  ) {}

  make(user: string): string {
    return this.of(user, Math.floor(this.clock.now() / HOUR_MS));
  }

  check(user: string, token: unknown): boolean {
    const hour = typeof token === 'string' ? FORM.exec(token)?.[1] : undefined;
    if (hour === undefined || typeof token !== 'string') return false;
    const age = Math.floor(this.clock.now() / HOUR_MS) - Number(hour);
    return sameText(token, this.of(user, Number(hour))) && Math.abs(age) <= GOOD_FOR;
  }

  private of(user: string, hour: number): string {
    const mac = createHmac('sha256', this.key)
      .update(JSON.stringify(['csrf', user, hour]))
      .digest('base64url');
    return `${hour}.${mac}`;
  }
}

/**
 * The key that the server keeps in its state directory, for its owner only. One that is missing or cannot be used is made
 * anew: then pages that are open have to be loaded again, no more.
 */
export async function openCsrfKey(fs: FileSystem, path: string, log: AuthLog): Promise<Buffer> {
  const kept = await readKey(fs, path);
  if (kept !== undefined && typeof kept !== 'string') return kept;
  if (kept !== undefined)
    log.warn({ reason: kept }, 'the key of the forms cannot be used; there is a new one');
  const key = randomBytes(KEY_BYTES);
  await makeDirectories(fs, dirname(path), 0o700);
  await publishFile(fs, path, `${key.toString('hex')}\n`, { mode: MODE, replace: true });
  return key;
}

/** The key; why it cannot be used; undefined: there is none. */
async function readKey(fs: FileSystem, path: string): Promise<Buffer | string | undefined> {
  try {
    const { mode, uid } = await fs.lstat(path);
    if ((mode & 0o077) !== 0 || uid !== (process.getuid?.() ?? uid)) return 'others may use it';
    const text = (await readSmallFile(fs, path, 1024)).toString('latin1');
    return /^[0-9a-f]{64}\n$/.test(text) ? Buffer.from(text.trim(), 'hex') : 'it holds no key';
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    if (isHoldfastError(error, 'fs.not-a-regular-file') || isHoldfastError(error, 'fs.failed'))
      return error.message;
    throw error;
  }
}
