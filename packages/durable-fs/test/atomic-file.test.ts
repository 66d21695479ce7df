import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  AtomicFile,
  isTemporaryName,
  publishFile,
  removeIfThere,
  removeLeftovers,
  renameWithoutReplacing,
} from '../src/index.js';

let directory: string;
let path: string;
let fs: FaultyFileSystem;

beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory, 'file');
  fs = new FaultyFileSystem();
});

describe('an atomic file', () => {
  test('has its name only once it is published', async () => {
    const file = await AtomicFile.create(fs, path);
    await file.append(Buffer.from('hello '));
    await file.append(Buffer.from('world'));
    expect(file.size).toBe(11);
    await file.seal();
    expect(existsSync(path)).toBe(false);
    await file.publish();
    expect(readFileSync(path, 'utf8')).toBe('hello world');
    await file.dispose();
    expect(readdirSync(directory)).toEqual(['file']);
  });

  test('leaves nothing when it is disposed of without being published', async () => {
    for (const stop of ['open', 'sealed']) {
      const file = await AtomicFile.create(fs, path);
      await file.append(Buffer.from('x'));
      if (stop === 'sealed') await file.seal();
      await file.dispose();
      await file.dispose();
      expect(readdirSync(directory)).toEqual([]);
    }
    expect(fs.openFiles).toEqual([]);
  });

  test('is synced before it gets its name, and its directory after', async () => {
    await publishFile(fs, path, 'x');
    const steps = fs.calls.map(({ method }) => method);
    const name = steps.indexOf('link');
    expect(steps.indexOf('sync')).toBeLessThan(name);
    expect(steps.lastIndexOf('write')).toBeLessThan(steps.indexOf('sync'));
    expect(steps.indexOf('syncDirectory')).toBeGreaterThan(name);
  });

  test.each([0o600, 0o640, 0o444])('has exactly the mode %o, whatever the umask', async (mode) => {
    const before = process.umask(0o077);
    try {
      await publishFile(fs, path, 'x', { mode });
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o7777).toBe(mode);
  });

  test('is readable by its owner only unless told otherwise, also while it is written', async () => {
    const file = await AtomicFile.create(fs, path, { mode: 0o644 });
    expect(statSync(join(directory, readdirSync(directory)[0]!)).mode & 0o777).toBe(0o600);
    await file.dispose();
  });

  test('does not replace a file unless told to', async () => {
    writeFileSync(path, 'old');
    await expect(publishFile(fs, path, 'new')).rejects.toMatchObject({ code: 'fs.exists', path });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['file']);
    await publishFile(fs, path, 'new', { replace: true });
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('does not write through a link that stands in its place', async () => {
    writeFileSync(join(directory, 'victim'), 'precious');
    symlinkSync('victim', path);
    await expect(publishFile(fs, path, 'x')).rejects.toMatchObject({ code: 'fs.exists' });
    await publishFile(fs, path, 'x', { replace: true });
    expect(readFileSync(join(directory, 'victim'), 'utf8')).toBe('precious');
  });

  test('takes nothing more once it is sealed', async () => {
    const file = await AtomicFile.create(fs, path);
    await file.seal();
    await expect(file.append(Buffer.from('x'))).rejects.toMatchObject({ code: 'internal' });
    await expect(file.seal()).rejects.toMatchObject({ code: 'internal' });
    await file.publish();
    await expect(file.publish()).rejects.toMatchObject({ code: 'internal' });
    await file.dispose();
    await expect(file.publish()).rejects.toMatchObject({ code: 'internal' });
  });

  test('is not published when its size on disk is not what was written', async () => {
    const file = await AtomicFile.create(fs, path);
    await file.append(Buffer.from('hello'));
    writeFileSync(join(directory, readdirSync(directory)[0]!), 'hell');
    await expect(file.publish()).rejects.toMatchObject({ code: 'fs.io', path });
    await file.dispose();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('may have a name as long as a name can be', async () => {
    const long = join(directory, 'n'.repeat(255));
    await publishFile(fs, long, 'x');
    expect(readFileSync(long, 'utf8')).toBe('x');
  });

  // Known: the temporary name is cut at 255 characters, where the limit is 255 bytes (atomic-file.ts).
  test('may have a name as long as a name can be in UTF-8', async () => {
    await publishFile(fs, join(directory, 'ü'.repeat(125)), 'x');
  });
});

describe('renameWithoutReplacing', () => {
  test('renames where hard links are not possible', async () => {
    for (const error of ['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP']) {
      fs.fail('link', error);
      writeFileSync(path, error);
      await renameWithoutReplacing(fs, path, `${path}.${error}`);
      expect(readFileSync(`${path}.${error}`, 'utf8')).toBe(error);
      expect(existsSync(path)).toBe(false);
    }
  });

  test('replaces nothing there either', async () => {
    fs.fail('link', 'EPERM');
    writeFileSync(path, 'from');
    writeFileSync(`${path}2`, 'to');
    await expect(renameWithoutReplacing(fs, path, `${path}2`)).rejects.toMatchObject({ code: 'fs.exists' });
    expect(readFileSync(`${path}2`, 'utf8')).toBe('to');
  });
});

describe('leftovers', () => {
  test('of a killed process are removed, and nothing else', async () => {
    const abandoned = await AtomicFile.create(fs, path);
    await abandoned.append(Buffer.from('half'));
    await fs.crash().catch(() => {});
    const [leftover] = readdirSync(directory);
    expect(isTemporaryName(leftover!)).toBe(true);
    writeFileSync(join(directory, '.holdfast-tmp'), '');
    writeFileSync(join(directory, '2026-11-21-01-31-08.fsz'), '');
    mkdirSync(join(directory, '.holdfast-tmp-directory'));
    symlinkSync('/nowhere', join(directory, '.holdfast-tmp-link'));

    expect(await removeLeftovers(new FaultyFileSystem(), directory)).toEqual([leftover]);
    expect(readdirSync(directory).sort()).toEqual(
      ['.holdfast-tmp', '.holdfast-tmp-directory', '.holdfast-tmp-link', '2026-11-21-01-31-08.fsz'].sort(),
    );
  });

  test('removeIfThere says whether it was', async () => {
    writeFileSync(path, '');
    expect(await removeIfThere(fs, path)).toBe(true);
    expect(await removeIfThere(fs, path)).toBe(false);
    mkdirSync(path);
    await expect(removeIfThere(fs, path)).rejects.toMatchObject({ path });
  });

  test('a published file has one name', async () => {
    await publishFile(fs, path, 'x');
    expect(statSync(path).nlink).toBe(1);
    linkSync(path, `${path}2`);
    expect(statSync(path).nlink).toBe(2);
  });
});
