/**
 * Makes a bushy blob directory quickly: `node make-blobs.mjs DIRECTORY COUNT [FIRST]`, blobs FIRST to FIRST + COUNT - 1 of
 * 200 bytes to 2 KB, with times of last year.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NOISE = Buffer.concat(
  Array.from({ length: 80 }, (_, part) => createHash('sha256').update(`noise ${part}`).digest()),
);
const SECONDS = 1_750_000_000;

export function referenceOf(number) {
  const oid = (number + 1).toString(16).padStart(16, '0');
  return { oid, tid: `040d274a${number.toString(16).padStart(8, '0')}` };
}

export function makeBlobs(directory, count, first = 0) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(join(directory, '.layout')))
    writeFileSync(join(directory, '.layout'), 'bushy', { mode: 0o600 });
  const touched = new Set();
  for (let number = first; number < first + count; number++) {
    const { oid, tid } = referenceOf(number);
    const file = join(directory, `${oid.replace(/../g, '/0x$&').slice(1)}/0x${tid}.blob`);
    const parent = dirname(file);
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    const size = 200 + ((number * 7919) % 1800);
    writeFileSync(file, NOISE.subarray(number % 500, (number % 500) + size), { mode: 0o400 });
    utimesSync(file, SECONDS + number, SECONDS + number);
    utimesSync(parent, SECONDS + number, SECONDS + number);
    touched.add(dirname(parent));
  }
  return touched.size;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory, count, first = '0'] = process.argv.slice(2);
  makeBlobs(directory, Number(count), Number(first));
}
