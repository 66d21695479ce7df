import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AtomicFile, copyRange, nodeFileSystem, readFully, walk, writeAll } from '../src/index.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const shortCounts = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 10 });

test('what writeAll wrote is what readFully reads, whatever the short counts', async () => {
  const directory = await temporaryDirectory();
  let run = 0;
  const property = fc.asyncProperty(bytes, shortCounts, shortCounts, async (content, writes, reads) => {
    const fs = new FaultyFileSystem();
    for (const [index, count] of writes.entries()) fs.shortWrite(count, { nth: index + 1 });
    for (const [index, count] of reads.entries()) fs.shortRead(count, { nth: index + 1 });
    const file = await fs.create(join(directory, String(run++)), 0o600);
    await writeAll(file, content, 0);
    const target = Buffer.alloc(content.length + 10);
    expect(await readFully(file, target, 0)).toBe(content.length);
    expect(Buffer.compare(target.subarray(0, content.length), content)).toBe(0);
    await file.close();
  });
  await fc.assert(property, { numRuns: 60 });
});

test('copyRange copies exactly the range, or says that the file is shorter', async () => {
  const directory = await temporaryDirectory();
  let run = 0;
  const property = fc.asyncProperty(bytes, fc.nat(320), fc.nat(320), async (content, start, length) => {
    const path = join(directory, String(run++));
    writeFileSync(path, content);
    const from = await nodeFileSystem.openRead(path);
    const to = await nodeFileSystem.create(`${path}.to`, 0o600);
    const outcome = await copyRange({ from, to, start, length, at: 0 }).catch(
      (error: { code: string }) => error.code,
    );
    if (length === 0 || start + length <= content.length) {
      expect(outcome).toBeUndefined();
      expect(Buffer.compare(readFileSync(`${path}.to`), content.subarray(start, start + length))).toBe(0);
    } else {
      expect(outcome).toBe('fs.short-read');
    }
    await from.close();
    await to.close();
  });
  await fc.assert(property, { numRuns: 60 });
});

test('an atomic file holds what was appended, in order', async () => {
  const directory = await temporaryDirectory();
  let run = 0;
  const property = fc.asyncProperty(fc.array(bytes, { maxLength: 8 }), async (parts) => {
    const path = join(directory, String(run++));
    const file = await AtomicFile.create(nodeFileSystem, path);
    for (const part of parts) await file.append(part);
    await file.publish();
    await file.dispose();
    expect(Buffer.compare(readFileSync(path), Buffer.concat(parts))).toBe(0);
  });
  await fc.assert(property, { numRuns: 40 });
});

test('a walk finds each entry once, in an order that does not depend on the disk', async () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9.\-_é]{1,6}$/).filter((text) => text !== '.' && text !== '..');
  const tree = fc.uniqueArray(name, { maxLength: 12 });
  const property = fc.asyncProperty(tree, fc.uniqueArray(name, { maxLength: 5 }), async (files, below) => {
    const root = await temporaryDirectory();
    mkdirSync(join(root, 'directory!'));
    for (const file of files) writeFileSync(join(root, file), '');
    for (const file of below) writeFileSync(join(root, 'directory!', file), '');
    const found: string[] = [];
    for await (const { path } of walk(nodeFileSystem, root)) found.push(path);
    expect(new Set(found)).toEqual(
      new Set([...files, 'directory!', ...below.map((file) => `directory!/${file}`)]),
    );
    const top = found.filter((path) => !path.includes('/')).map((path) => Buffer.from(path));
    expect(top).toEqual([...top].sort(Buffer.compare));
  });
  await fc.assert(property, { numRuns: 40 });
});
