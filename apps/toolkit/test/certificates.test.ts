import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { makeCertificate, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { datesProblem, readTls } from '../src/server/certificates.js';

const DAY = 86_400_000;
const refused = (message: string) => ({
  code: 'toolkit.configuration',
  message: expect.stringContaining(message),
});

test('a certificate and its key are read, and its dates looked at', async () => {
  const pair = await readTls(nodeFileSystem, await makeCertificate(await temporaryDirectory(), 'one'));
  const now = Date.now();
  expect(datesProblem(pair, now)).toBeUndefined();
  expect(datesProblem(pair, now - 2 * DAY)).toContain('not valid before');
  expect(datesProblem(pair, now + 20 * DAY)).toContain('only');
  expect(datesProblem(pair, now + 31 * DAY)).toContain('was valid to');
});

test('what is no pair is refused', async () => {
  const directory = await temporaryDirectory();
  const one = await makeCertificate(directory, 'one');
  const other = await makeCertificate(directory, 'other');
  const read = (certificate: string, key: string) => readTls(nodeFileSystem, { certificate, key });
  await expect(read(one.certificate, other.key)).rejects.toMatchObject(refused('another certificate'));
  await expect(read(one.key, one.key)).rejects.toMatchObject(refused('cannot be used'));
  await expect(read(join(directory, 'none'), one.key)).rejects.toMatchObject(refused('none'));
  await expect(read(one.certificate, directory)).rejects.toMatchObject(refused(directory));
  await chmod(one.key, 0o644);
  await expect(read(one.certificate, one.key)).rejects.toMatchObject(refused('everybody can use the key'));
  await writeFile(other.key, Buffer.alloc((1 << 20) + 1));
  await expect(read(one.certificate, other.key)).rejects.toMatchObject(refused('too large'));
});
