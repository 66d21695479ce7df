import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type FileSystem, readExactly } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { TlsFiles } from '../config/server-config.js';

/** PEM. */
export interface TlsPair {
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** Milliseconds since 1970. */
  readonly validToMs: number;
  readonly validFromMs: number;
}

const PAIR_HINT =
  'Give [tls] a `certificate` and the `key` that belongs to it: PEM files that the user of the server can read.';
/** Bytes. */
const LIMIT = 1 << 20;

/**
 * The certificate and its key, tried out.
 *
 * @throws HoldfastError `toolkit.configuration`: not there, not PEM, not a pair, a key that everybody can read
 */
export async function readTls(fs: FileSystem, files: TlsFiles): Promise<TlsPair> {
  const certificate = await readPem(fs, files.certificate, false);
  const key = await readPem(fs, files.key, true);
  try {
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(createPrivateKey(key)))
      throw new Error('the key belongs to another certificate');
    createSecureContext({ cert: certificate, key });
    return {
      certificate,
      key,
      validFromMs: Date.parse(parsed.validFrom),
      validToMs: Date.parse(parsed.validTo),
    };
  } catch (cause) {
    throw refused(
      `${files.certificate} and ${files.key} cannot be used: ${(cause as Error).message}`,
      files.key,
    );
  }
}

async function readPem(fs: FileSystem, path: string, secret: boolean): Promise<Buffer> {
  let file: Awaited<ReturnType<FileSystem['openRead']>>;
  try {
    file = await fs.openRead(path, { followSymlinks: true });
  } catch (cause) {
    throw refused((cause as Error).message, path);
  }
  try {
    const { size, mode } = await file.stat();
    if (size > LIMIT) throw refused(`${path} is too large for a certificate or a key`, path);
    if (secret && (mode & 0o007) !== 0)
      throw refused(`everybody can use the key ${path}`, path, `Take that right away: chmod o= ${path}`);
    return await readExactly(file, 0, size);
  } finally {
    await file.close();
  }
}

function refused(message: string, path: string, hint?: string): HoldfastError {
  return new HoldfastError('toolkit.configuration', message, { path, hint: hint ?? PAIR_HINT });
}

/** In words, when it is not valid now or ends soon; else undefined. */
export function datesProblem({ validFromMs, validToMs }: TlsPair, now: number): string | undefined {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (now < validFromMs) return `the certificate is not valid before ${day(validFromMs)}`;
  if (now > validToMs) return `the certificate was valid to ${day(validToMs)}`;
  if (validToMs - now < 14 * 86_400_000) return `the certificate is valid to ${day(validToMs)} only`;
  return undefined;
}
