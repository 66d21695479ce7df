import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { nodeBulkReads } from '../src/index.js';

const bulk = nodeBulkReads();
const LIMIT = 1 << 20;
let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

const path = (name: string) => join(directory, name);

describe('reading many files', () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 300_000])('gives a file of %i bytes whole', async (size) => {
    const bytes = Buffer.alloc(size, 'lorem ipsum');
    await writeFile(path('file'), bytes);
    expect(bulk.readFile(path('file'), LIMIT)?.equals(bytes)).toBe(true);
    expect(bulk.readFile(path('file'), LIMIT, (found) => found.length === size)?.equals(bytes)).toBe(true);
    expect(bulk.readFile(path('file'), LIMIT, () => false)?.equals(bytes)).toBe(true);
  });

  test('says that a file is not there, and that it is too large', async () => {
    expect(bulk.readFile(path('none'), LIMIT)).toBeUndefined();
    await writeFile(path('file'), Buffer.alloc(100_000));
    expect(() => bulk.readFile(path('file'), 99_999)).toThrow(expect.objectContaining({ code: 'fs.failed' }));
  });

  test('follows no link, reads no directory, and waits on no pipe', async () => {
    await writeFile(path('file'), 'x');
    await symlink('file', path('link'));
    await mkdir(path('directory'));
    execFileSync('mkfifo', [path('pipe')]);
    for (const name of ['link', 'directory'])
      expect(() => bulk.readFile(path(name), LIMIT)).toThrow(
        expect.objectContaining({ code: 'fs.not-a-regular-file', path: path(name) }),
      );
    expect(() => bulk.readFile(path('pipe'), LIMIT)).toThrow(expect.objectContaining({ path: path('pipe') }));
  });
});

test('entries come with their kinds, also when their reader stops early', async () => {
  for (let number = 0; number < 4000; number++) await writeFile(path(`file${number}`), '');
  await mkdir(path('below'));
  await symlink('below', path('link'));
  const found = new Map([...bulk.entries(directory)].map(({ name, kind }) => [name, kind]));
  expect(found.size).toBe(4002);
  expect([found.get('below'), found.get('link'), found.get('file7')]).toEqual([
    'directory',
    'symlink',
    'file',
  ]);
  for (const _ of bulk.entries(directory)) break;
  expect(() => [...bulk.entries(path('none'))]).toThrow(expect.objectContaining({ code: 'fs.not-found' }));
});

test('a look never follows a link', async () => {
  await symlink('nowhere', path('link'));
  expect(bulk.lstat(path('link'))?.kind).toBe('symlink');
  expect(bulk.lstat(path('none'))).toBeUndefined();
});
