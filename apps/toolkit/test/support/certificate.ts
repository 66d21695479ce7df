import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A self-made certificate for `localhost` and `127.0.0.1`, by the program openssl. */
export async function makeCertificate(directory: string, name: string, days = 30): Promise<CertificateFiles> {
  const certificate = join(directory, `${name}.pem`);
  const key = join(directory, `${name}.key`);
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', key, '-out', certificate, '-days', String(days), '-subj', `/CN=${name}`],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
  ]);
  await chmod(key, 0o600);
  return { certificate, key };
}
