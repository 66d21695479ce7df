import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface CertificateFiles {
  readonly certificate: string;
  /** Only its owner can read it. */
  readonly key: string;
}

const DAY_MS = 86_400_000;
const [DNS, IP] = [2, 7] as const;

/** Writes `NAME.pem` and `NAME.key`: a certificate that nobody vouches for, for `localhost` and `127.0.0.1`, valid from now on. */
export async function makeCertificate(directory: string, name: string, days = 30): Promise<CertificateFiles> {
  const now = Date.now();
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 1000),
    notAfterDate: new Date(now + days * DAY_MS),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: DNS, value: 'localhost' },
          { type: IP, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const certificate = join(directory, `${name}.pem`);
  const key = join(directory, `${name}.key`);
  await writeFile(certificate, made.cert);
  await writeFile(key, made.private, { mode: 0o600 });
  return { certificate, key };
}
