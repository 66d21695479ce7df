import { chown, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import { StorageLock } from '@holdfast/lockfile';
import { FaultyFileSystem, sweepCrashes, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { chooseMoment, readRepository, restoreToFile } from '../src/index.js';
import { Site } from './support/site.js';

/** A repository of two backups, and a place with an old file to restore over. */
async function scene() {
  const site = await Site.make();
  await site.backup();
  const newest = await site.grow();
  await site.backup();
  return { site, newest };
}

async function place(): Promise<{ directory: string; output: string; old: Buffer }> {
  const directory = await temporaryDirectory();
  const output = join(directory, 'Data.fs');
  const old = Buffer.from('FS30 the old file');
  await writeFile(output, old, { mode: 0o640 });
  await writeFile(`${output}.index`, 'the old index');
  await writeFile(`${output}.lock`, '');
  return { directory, output, old };
}

async function restore(site: Site, output: string, fs = new FaultyFileSystem(), keepOld = true) {
  const engine = site.engine(fs);
  const moment = chooseMoment(await readRepository(engine), undefined);
  return restoreToFile(engine, { moment, output, keepOld });
}

describe('a restore over a file', () => {
  test('leaves the new file with the mode of the old one, the old one beside it, and an index', async () => {
    const { site, newest } = await scene();
    const { directory, output, old } = await place();
    const result = await restore(site, output);
    expect(result.oldFile).toBe(`${output}.old`);
    expect((await readFile(output)).equals(newest)).toBe(true);
    expect((await stat(output)).mode & 0o777).toBe(0o640);
    expect((await readFile(`${output}.old`)).equals(old)).toBe(true);
    expect((await readdir(directory)).sort()).toEqual([
      'Data.fs',
      'Data.fs.index',
      'Data.fs.lock',
      'Data.fs.old',
    ]);
  });

  test('replaces what a link leads to, not the link', async () => {
    const { site, newest } = await scene();
    const { directory, output } = await place();
    const link = join(directory, 'link.fs');
    await symlink('Data.fs', link);
    await restore(site, link);
    expect((await readFile(output)).equals(newest)).toBe(true);
    expect((await readFile(link)).equals(newest)).toBe(true);
    const names = await readdir(directory);
    expect(names).toContain('link.fs.index');
    expect(names, 'a stale index of what was there').not.toContain('Data.fs.index');
  });

  test('never deletes what an earlier restore kept', async () => {
    const { site, newest } = await scene();
    const { output, old } = await place();
    await restore(site, output);
    expect((await restore(site, output)).oldFile).toBe(`${output}.old.2`);
    expect((await readFile(`${output}.old`)).equals(old)).toBe(true);
    expect((await readFile(`${output}.old.2`)).equals(newest)).toBe(true);
  });

  test('makes no lock file where ZODB has none', async () => {
    const { site } = await scene();
    const output = join(await temporaryDirectory(), 'Data.fs');
    await restore(site, output);
    await expect(stat(`${output}.lock`)).rejects.toThrow();
  });

  test.skipIf(process.getuid?.() !== 0)(
    'by root gives the new files to the owner of the old one, or of the directory',
    async () => {
      const { site } = await scene();
      const { directory, output } = await place();
      await chown(output, 12345, 12346);
      await restore(site, output);
      for (const path of [output, `${output}.index`])
        expect(await stat(path)).toMatchObject({ uid: 12345, gid: 12346 });
      await chown(directory, 54321, 54322);
      const other = join(directory, 'other.fs');
      await restore(site, other);
      expect(await stat(other)).toMatchObject({ uid: 54321, gid: 54322 });
    },
  );

  test.each([true, false])(
    'killed at any call leaves the old file or the new one whole (keep old: %s)',
    async (keepOld) => {
      const { site, newest } = await scene();
      const crashes = await sweepCrashes({
        prepare: place,
        run: (fs, { output }) => restore(site, output, fs, keepOld),
        check: async ({ output, old, directory }) => {
          const found = await readFile(output);
          expect(found.equals(old) || found.equals(newest)).toBe(true);
          await restore(site, output);
          expect((await readFile(output)).equals(newest)).toBe(true);
          expect((await readdir(directory)).filter((name) => name.startsWith('.holdfast-tmp'))).toEqual([]);
        },
      });
      expect(crashes).toBeGreaterThan(10);
    },
  );

  test.each(['ENOSPC', 'EIO'])(
    'struck by %s at any call ends with a typed error or the new file',
    async (fault) => {
      const { site, newest } = await scene();
      await sweepFaults({
        fault,
        prepare: place,
        run: (fs, { output }) => restore(site, output, fs),
        check: async ({ output, old, directory }, { error }) => {
          const found = await readFile(output);
          if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
          expect(found.equals(newest) || (error !== undefined && found.equals(old))).toBe(true);
          expect(
            (await readdir(directory)).filter((name) => name.startsWith('.holdfast-tmp')).length,
          ).toBeLessThanOrEqual(1);
        },
      });
    },
  );

  test('of a backup that was damaged touches nothing', async () => {
    const { site } = await scene();
    const { directory, output, old } = await place();
    const name = (await readdir(site.repository)).find((candidate) => candidate.endsWith('.deltafsz'))!;
    const path = join(site.repository, name);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    const before = await readdir(directory);
    await expect(restore(site, output)).rejects.toMatchObject({ code: 'repository.damaged' });
    expect((await readFile(output)).equals(old)).toBe(true);
    expect(await readdir(directory)).toEqual(before);
  });

  test('that somebody holds open is refused, naming who, and nothing is touched', async () => {
    const { site } = await scene();
    const { output, old } = await place();
    await using _zodb = await StorageLock.acquire(output);
    await expect(restore(site, output)).rejects.toMatchObject({
      code: 'restore.target-in-use',
      message: expect.stringContaining(String(process.pid)),
    });
    expect((await readFile(output)).equals(old)).toBe(true);
  });

  test('onto a disk that is too small is refused before anything is written', async () => {
    const { site } = await scene();
    const { output, old } = await place();
    const fs = new FaultyFileSystem();
    const small = Object.assign(Object.create(fs) as FaultyFileSystem, {
      freeSpace: async () => ({ freeBytes: 10 }),
    });
    await expect(restore(site, output, small)).rejects.toMatchObject({ code: 'fs.no-space' });
    expect((await readFile(output)).equals(old)).toBe(true);
  });
});
