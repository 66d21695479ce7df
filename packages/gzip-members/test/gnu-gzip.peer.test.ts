import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { zlibCodec } from '../src/index.js';
import { text } from './codecs.js';

const missing = spawnSync('gzip', ['--version']).status !== 0;
if (missing) process.stderr.write('skipped: GNU gzip is not installed\n');

test.skipIf(missing)('GNU gzip tests and reads a file of members', async () => {
  const path = join(await temporaryDirectory(), 'data.gz');
  const pieces = [text(100_000), text(1000, 2)];
  await writeFile(path, Buffer.concat(await Promise.all(pieces.map((piece) => zlibCodec().compress(piece)))));
  expect(spawnSync('gzip', ['--test', path]).status).toBe(0);
  const { stdout } = spawnSync('gzip', ['--decompress', '--stdout', path], { maxBuffer: 1 << 20 });
  expect(Buffer.compare(stdout, Buffer.concat(pieces))).toBe(0);
});
