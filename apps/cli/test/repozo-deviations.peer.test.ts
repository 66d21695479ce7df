import { lstat, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { StorageLock } from '@holdfast/lockfile';
import { appendTransactions, describePeers } from '@holdfast/test-kit';
import { beforeAll, expect, test } from 'vitest';
import { changedByte, emptyDat, missingDat, missingFull, missingLine } from './support/damage.js';
import { copyOf, dataFiles, holdfastRepozo, realRepozo, runBoth } from './support/repozo-peer.js';
import { FIRST_INCREMENT, LAST_FULL, LAST_INCREMENT, makeRepository } from './support/repozo-repository.js';

/** What `holdfast repozo` does otherwise than repozo on purpose: the list in docs/cli.md, in its order. */
describePeers('`holdfast repozo` differs from repozo on purpose', () => {
  let base: string;

  beforeAll(async () => {
    base = await makeRepository();
  });

  const both = async (line: string, prepare?: (directory: string) => Promise<unknown>) => {
    const [sides] = await runBoth(base, [prepare === undefined ? { line } : { line, prepare }]);
    return sides!;
  };

  test('the old output stays until the new one is whole, and no .part is left', async () => {
    const { real, holdfast } = await both('-R -r repo -o out.fs', async (directory) => {
      await changedByte(directory);
      await writeFile(join(directory, 'out.fs'), 'old');
    });
    expect([real.ran.status, holdfast.ran.status]).toEqual([1, 1]);
    expect(await readdir(real.directory)).toEqual(expect.arrayContaining(['out.fs.part']));
    expect(await readdir(real.directory)).not.toContain('out.fs');
    expect(await readFile(join(holdfast.directory, 'out.fs'), 'utf8')).toBe('old');
    expect(await readdir(holdfast.directory)).not.toContain('out.fs.part');
  });

  test('a failure is one line where repozo shows a traceback', async () => {
    const { real, holdfast } = await both('-B -r empty -f Data.fs', (directory) =>
      writeFile(join(directory, 'Data.fs'), 'garbage\n'),
    );
    expect([real.ran.status, holdfast.ran.status]).toEqual([1, 1]);
    expect(real.ran.stderr).toContain('Traceback');
    expect(holdfast.ran.stderr).toMatch(/^Data\.fs begins with "garb", not with FS30 or FS21.*\n$/);
  });

  test('a second backup in one second waits for the next one', async () => {
    const theirs = await copyOf(base);
    const argv = ['-BF', '-r', 'repo', '-f', 'Data.fs'];
    const twice = { cwd: theirs, argv, nowMs: Date.UTC(2024, 2, 1) };
    const [, second] = await realRepozo([twice, twice]);
    expect(second?.status).toBe(1);
    expect(second?.stderr).toContain('Cannot overwrite existing file');
    const ours = await copyOf(base);
    for (let run = 0; run < 2; run += 1) {
      expect(await holdfastRepozo({ cwd: ours, argv })).toMatchObject({ status: 0, stderr: '' });
    }
    expect((await dataFiles(join(ours, 'repo'))).map(({ ending }) => ending).slice(4)).toEqual([
      '.fs',
      '.fs',
    ]);
  });

  test('an older state of the storage, or another one, is refused', async () => {
    const { real, holdfast } = await both('-B -r repo -f Data.fs', (directory) =>
      truncate(join(directory, 'Data.fs'), 8000),
    );
    expect([real.ran.status, holdfast.ran.status]).toEqual([0, 1]);
    expect(holdfast.ran.stderr).toContain('is not the storage that repo holds');
    expect(holdfast.ran.stderr).toContain('--accept-new-history');
    expect(await dataFiles(join(holdfast.directory, 'repo'))).toHaveLength(4);
    const accepted = await holdfastRepozo({
      cwd: holdfast.directory,
      argv: ['-Bk', '-r', 'repo', '-f', 'Data.fs', '--accept-new-history'],
    });
    expect(accepted.status).toBe(0);
  });

  test('a storage that a ZODB has open is not replaced', async () => {
    const [theirs, ours] = [await copyOf(base), await copyOf(base)];
    const argv = ['-R', '-r', 'repo', '-o', 'Data.fs'];
    const locks = await Promise.all([theirs, ours].map((cwd) => StorageLock.acquire(join(cwd, 'Data.fs'))));
    const before = await readFile(join(ours, 'Data.fs'));
    const [real] = await realRepozo([{ cwd: theirs, argv }]);
    const { status, stderr } = await holdfastRepozo({ cwd: ours, argv });
    expect([real?.status, status]).toEqual([0, 1]);
    expect(stderr).toContain(`Data.fs is in use: process ${process.pid} holds `);
    expect((await readFile(join(ours, 'Data.fs'))).equals(before)).toBe(true);
    for (const lock of locks) await lock.release();
  });

  test('what a killed repozo left is mended, and needs no full backup', async () => {
    for (const prepare of [missingDat, missingLine]) {
      const { real, holdfast } = await both('-BQz -r repo -f Data.fs', prepare);
      expect([real.ran.status, holdfast.ran.status]).toEqual([0, 0]);
      const [own] = await realRepozo([{ cwd: holdfast.directory, argv: ['-R', '-r', 'repo'] }]);
      expect(own?.stdout.equals(await readFile(join(base, 'Data.fs')))).toBe(true);
      expect((await dataFiles(join(holdfast.directory, 'repo'))).at(-1)?.ending).toBe('.deltafsz');
      const [verified] = await realRepozo([{ cwd: holdfast.directory, argv: ['-V', '-r', 'repo'] }]);
      expect(verified).toMatchObject({ status: 0, stderr: '' });
    }
  });

  test('-V sees backups that no .dat line names', async () => {
    for (const [prepare, name] of [
      [emptyDat, LAST_FULL],
      [missingLine, LAST_INCREMENT],
      [missingFull, LAST_INCREMENT],
    ] as const) {
      const { real, holdfast } = await both('-V -r repo', prepare);
      expect([real.ran.status, holdfast.ran.status]).toEqual([0, 1]);
      expect(holdfast.ran.stderr).toContain(name);
    }
  });

  test('-w checks what it can where a .dat or a line of it is missing', async () => {
    for (const prepare of [missingDat, missingLine]) {
      const { real, holdfast } = await both('-Rw -r repo -o out.fs', prepare);
      expect([real.ran.status, holdfast.ran.status]).toEqual([1, 0]);
      const sound = await realRepozo([{ cwd: base, argv: ['-R', '-r', 'repo'] }]);
      expect((await readFile(join(holdfast.directory, 'out.fs'))).equals(sound[0]!.stdout)).toBe(true);
    }
  });

  test('a state is put together by the ranges of its files, where repozo goes by their names', async () => {
    const { real, holdfast } = await both('-R -r repo -o out.fs', missingFull);
    expect([real.ran.status, holdfast.ran.status]).toEqual([0, 0]);
    const restored = (directory: string) => readFile(join(directory, 'out.fs'));
    const at = ['-R', '-r', 'repo', '-D', FIRST_INCREMENT.slice(0, 19)];
    const [last] = await realRepozo([{ cwd: base, argv: at }]);
    expect((await restored(holdfast.directory)).equals(last!.stdout)).toBe(true);
    expect((await restored(real.directory)).equals(last!.stdout)).toBe(false);
    expect(holdfast.ran.stderr).toContain(`the later backup ${LAST_INCREMENT} cannot be restored`);
  });

  test('an unfinished transaction at the end makes no empty increment', async () => {
    const prepare = async (directory: string) => {
      const argv = ['-BQ', '-r', 'repo', '-f', 'Data.fs'];
      await realRepozo([{ cwd: directory, argv, nowMs: Date.UTC(2024, 2, 1) }]);
      const datafs = join(directory, 'Data.fs');
      const { size } = await stat(datafs);
      await appendTransactions(nodeFileSystem, datafs, { transactions: 1 });
      await truncate(datafs, size + 60);
    };
    const { real, holdfast } = await both('-BQ -r repo -f Data.fs', prepare);
    expect([real.ran.status, holdfast.ran.status]).toEqual([0, 0]);
    expect((await dataFiles(join(real.directory, 'repo'))).map(({ content }) => content).at(-1)).toBe('');
    expect(await dataFiles(join(holdfast.directory, 'repo'))).toHaveLength(5);
  });

  test('-o through a link replaces the file that it leads to', async () => {
    const { real, holdfast } = await both('-R -r repo -o link.fs', async (directory) => {
      await mkdir(join(directory, 'other'));
      await writeFile(join(directory, 'other/target.fs'), 'old');
      await symlink('other/target.fs', join(directory, 'link.fs'));
    });
    const isLink = async (directory: string) => (await lstat(join(directory, 'link.fs'))).isSymbolicLink();
    expect([await isLink(real.directory), await isLink(holdfast.directory)]).toEqual([false, true]);
    const target = await readFile(join(holdfast.directory, 'other/target.fs'));
    expect(target.equals(await readFile(join(real.directory, 'link.fs')))).toBe(true);
  });

  test('an .index is written with a full backup only, and made anew when one restores', async () => {
    const { real, holdfast } = await both('-BQ -r repo -f Data.fs');
    const indexes = async (directory: string) =>
      (await readdir(join(directory, 'repo'))).filter((name) => name.endsWith('.index')).length;
    expect([await indexes(real.directory), await indexes(holdfast.directory)]).toEqual([5, 4]);
    const argv = ['-R', '-r', 'repo', '-o', 'out.fs'];
    await realRepozo([{ cwd: real.directory, argv }]);
    await holdfastRepozo({ cwd: holdfast.directory, argv });
    const [theirs, ours] = [real, holdfast].map(({ directory }) => readFile(join(directory, 'out.fs.index')));
    expect((await ours!).equals(await theirs!)).toBe(true);
  });

  test('it keeps a record and a lock file beside its backups', async () => {
    const { holdfast } = await both('-BFz -r empty -f Data.fs');
    const names = (await readdir(join(holdfast.directory, 'empty'))).sort();
    expect(names.map((name) => name.replace(/^\d{4}(-\d\d){5}/, ''))).toEqual([
      '.holdfast.lock',
      '.dat',
      '.fsz',
      '.holdfast',
      '.index',
    ]);
  });
});
