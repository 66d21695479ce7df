import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyFileSystem, sweepCrashes, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  CHUNK_SIZE,
  copyFile,
  linkOrCopy,
  makeDirectories,
  nodeFileSystem,
  removeLeftovers,
  walk,
} from '../src/index.js';

let directory: string;
let fs: FaultyFileSystem;
const at = (name: string) => join(directory, name);

beforeEach(async () => {
  directory = await temporaryDirectory();
  fs = new FaultyFileSystem();
});

async function paths(enter?: Parameters<typeof walk>[2]): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of walk(fs, directory, enter)) found.push(entry.path);
  return found;
}

describe('a walk', () => {
  test('names parents before children and siblings in the order of their bytes', async () => {
    for (const name of ['b', 'a', 'a/z', 'a/y']) mkdirSync(at(name), { recursive: true });
    for (const name of ['a.txt', 'a/z/1', 'a/y/2', 'B', 'é', 'z', '🙂', '￿']) writeFileSync(at(name), '');
    expect(await paths()).toEqual([
      'B',
      'a',
      'a/y',
      'a/y/2',
      'a/z',
      'a/z/1',
      'a.txt',
      'b',
      'z',
      'é',
      '￿',
      '🙂',
    ]);
  });

  test('names links and does not follow them', async () => {
    mkdirSync(at('d'));
    writeFileSync(at('d/file'), '');
    symlinkSync('d', at('link'));
    symlinkSync('..', at('d/up'));
    expect(await paths()).toEqual(['d', 'd/file', 'd/up', 'link']);
  });

  test('stays out of directories that it is kept out of, but names them', async () => {
    mkdirSync(at('in/deep'), { recursive: true });
    mkdirSync(at('out/deep'), { recursive: true });
    expect(await paths(({ name }) => name !== 'out')).toEqual(['in', 'in/deep', 'out']);
  });

  test('passes on what it cannot read', async () => {
    mkdirSync(at('d'));
    fs.fail('readDirectory', 'EACCES', { path: /d$/ });
    await expect(paths()).rejects.toMatchObject({ code: 'fs.permission', path: at('d') });
  });
});

describe('makeDirectories', () => {
  test('makes the missing ones with their mode and syncs their parents', async () => {
    await makeDirectories(fs, at('a/b/c'), 0o750);
    expect(statSync(at('a/b/c')).mode & 0o777).toBe(0o750);
    const synced = fs.calls.filter(({ method }) => method === 'syncDirectory').map(({ path }) => path);
    expect(synced).toEqual([directory, at('a'), at('a/b')]);
  });

  test('leaves what is there as it is', async () => {
    mkdirSync(at('a'), { mode: 0o700 });
    await makeDirectories(fs, at('a'), 0o755);
    expect(statSync(at('a')).mode & 0o777).toBe(0o700);
  });

  test('does not mind another process that is faster', async () => {
    fs.before('makeDirectory', () => mkdirSync(at('a')), { path: /a$/ });
    await makeDirectories(fs, at('a/b'));
    expect(statSync(at('a/b')).isDirectory()).toBe(true);
  });
});

describe('linkOrCopy', () => {
  beforeEach(() => writeFileSync(at('from'), 'content', { mode: 0o640 }));

  test('links where it can', async () => {
    expect(await linkOrCopy(fs, at('from'), at('to'))).toBe('linked');
    expect(statSync(at('to')).ino).toBe(statSync(at('from')).ino);
  });

  test.each(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP'])('copies after %s', async (error) => {
    fs.fail('link', error);
    expect(await linkOrCopy(fs, at('from'), at('to'))).toBe('copied');
    expect(readFileSync(at('to'), 'utf8')).toBe('content');
    expect(statSync(at('to')).mode & 0o777).toBe(0o640);
    expect(statSync(at('to')).ino).not.toBe(statSync(at('from')).ino);
  });

  // Known: copyFile keeps the mode only (tree.ts).
  test('copies with the times, as its description says', async () => {
    const file = await nodeFileSystem.openWrite(at('from'));
    await file.utimes(1_000_000, 2_000_000);
    await file.close();
    fs.fail('link', 'EXDEV');
    await linkOrCopy(fs, at('from'), at('to'));
    expect(statSync(at('to')).mtimeMs).toBe(2_000_000);
  });

  test.each(['ENOSPC', 'EIO'])('passes on %s', async (error) => {
    fs.fail('link', error);
    await expect(linkOrCopy(fs, at('from'), at('to'))).rejects.toMatchObject({ path: at('to') });
    expect(readdirSync(directory)).toEqual(['from']);
  });

  test('replaces nothing, linked or copied', async () => {
    writeFileSync(at('to'), 'old');
    await expect(linkOrCopy(fs, at('from'), at('to'))).rejects.toMatchObject({ code: 'fs.exists' });
    fs.fail('link', 'EXDEV');
    await expect(linkOrCopy(fs, at('from'), at('to'))).rejects.toMatchObject({ code: 'fs.exists' });
    expect(readFileSync(at('to'), 'utf8')).toBe('old');
    expect(readdirSync(directory).sort()).toEqual(['from', 'to']);
  });
});

describe('copyFile', () => {
  const content = Buffer.alloc(2 * CHUNK_SIZE + 5, 'some content ');

  async function prepare(): Promise<string> {
    const place = await temporaryDirectory();
    writeFileSync(join(place, 'from'), content);
    return place;
  }

  const run = (faulty: FaultyFileSystem, place: string) =>
    copyFile(faulty, join(place, 'from'), join(place, 'to'));

  test('copies all bytes in spite of short counts, and without setuid', async () => {
    const place = await prepare();
    const file = await nodeFileSystem.openWrite(join(place, 'from'));
    await file.chmod(0o4755);
    await file.close();
    await run(fs.shortRead(10, { times: 3 }).shortWrite(10, { times: 3 }), place);
    expect(Buffer.compare(readFileSync(join(place, 'to')), content)).toBe(0);
    expect(statSync(join(place, 'to')).mode & 0o7777).toBe(0o755);
    expect(fs.openFiles).toEqual([]);
  });

  test('leaves no copy or a whole one after a fault at any point, and nothing else', async () => {
    const check = async (place: string) => {
      const names = readdirSync(place).sort();
      expect([['from'], ['from', 'to']]).toContainEqual(names);
      if (names.length === 2) expect(Buffer.compare(readFileSync(join(place, 'to')), content)).toBe(0);
    };
    expect(await sweepFaults({ prepare, run, check, fault: 'EIO' })).toBeGreaterThanOrEqual(9);
  });

  test('leaves no copy or a whole one after a crash at any point', async () => {
    const check = async (place: string) => {
      await removeLeftovers(nodeFileSystem, place);
      if (readdirSync(place).includes('to'))
        expect(Buffer.compare(readFileSync(join(place, 'to')), content)).toBe(0);
    };
    expect(await sweepCrashes({ prepare, run, check })).toBeGreaterThanOrEqual(18);
  });
});
