import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { closeTidily } from '../src/index.js';
import { digests, expectTidy, FIXTURE_NAMES, unpackFixture } from './support/fixture.js';

const engine = { fs: nodeFileSystem };

describe.each(FIXTURE_NAMES)('direct access of %s', (name) => {
  test('makes the tree that DirectoryStorage made of it, file for file', async () => {
    const directory = await unpackFixture(name);
    const report = await closeTidily(engine, directory);
    expect(report.unchanged).toBe(name.startsWith('clean-'));
    await expectTidy(directory, name);
    expect(await closeTidily(engine, directory)).toMatchObject({ unchanged: true });
  });
});

test('a storage that is tidy is not written to', async () => {
  const fs = new FaultyFileSystem();
  fs.failMutation('EROFS', { times: Number.POSITIVE_INFINITY });
  const directory = await unpackFixture('clean-chunky');
  expect(await closeTidily({ fs }, directory)).toMatchObject({ unchanged: true, transactions: 0 });
});

test('a journal is counted', async () => {
  const directory = await unpackFixture('crashed-journal-chunky');
  const report = await closeTidily(engine, directory);
  expect(report).toMatchObject({ unchanged: false, abandoned: 1, recombined: 0 });
  expect(report.transactions).toBeGreaterThan(1);
});

test('another code than shutdown is replaced', async () => {
  const directory = await unpackFixture('clean-flat');
  await writeFile(join(directory, 'misc/snapshot'), 'packing');
  expect(await closeTidily(engine, directory)).toMatchObject({ unchanged: false });
  await expectTidy(directory, 'clean-flat');
});

test('the last transaction that wrote a name wins, and B is older than the journal', async () => {
  const directory = await unpackFixture('clean-lawn');
  const put = async (path: string, name: string, text: string) => {
    await mkdir(join(directory, path), { recursive: true });
    await writeFile(join(directory, path, name), text);
  };
  await put('B/o00000000000000AA', 'c', 'from B');
  await put('B/o00000000000000AB', 'c', 'only in B');
  await put('journal/working_0000000000000002_done', 'o00000000000000AA.c', 'second');
  await put('journal/working_0000000000000001_done', 'o00000000000000AA.c', 'first');
  await closeTidily(engine, directory);
  expect(await readFile(join(directory, 'A/o00000000000000AA/c'), 'utf8')).toBe('second');
  expect(await readFile(join(directory, 'A/o00000000000000AB/c'), 'utf8')).toBe('only in B');
});

test('marks of a pack do not keep the journal and B from becoming empty', async () => {
  const directory = await unpackFixture('crashed-in-snapshot-chunky');
  await writeFile(join(directory, 'B/o000/000/000/000/0001.c.mark'), '');
  const [transaction = ''] = await readdir(join(directory, 'journal'));
  await writeFile(join(directory, 'journal', transaction, 'x.oid.mark'), '');
  await closeTidily(engine, directory);
  await expectTidy(directory, 'crashed-in-snapshot-chunky');
});

describe('direct access refuses, and changes nothing', () => {
  const plant = {
    'a file in the journal': (at: string) => writeFile(join(at, 'journal/notes.txt'), ''),
    'a directory in the journal that is no transaction': (at: string) =>
      mkdir(join(at, 'journal/working_done')),
    'a name that goes on after done': (at: string) =>
      mkdir(join(at, 'journal/working_040D274A240D05AA_done.bak')),
    'a foreign file in a transaction': async (at: string) => {
      await mkdir(join(at, 'journal/working_040D274A240D05AA_done'));
      await writeFile(join(at, 'journal/working_040D274A240D05AA_done/core'), '');
    },
    'a directory in an abandoned transaction': (at: string) =>
      mkdir(join(at, 'journal/working_040D274A240D05AA_temp/deep'), { recursive: true }),
    'a link in a transaction': async (at: string) => {
      await mkdir(join(at, 'journal/working_040D274A240D05AA_done'));
      await symlink('/etc/passwd', join(at, 'journal/working_040D274A240D05AA_done/x.oid'));
    },
    'a link in B': (at: string) => symlink('/etc', join(at, 'B/etc')),
  };

  test.each(Object.entries(plant))('%s', async (_what, spoil) => {
    const directory = await unpackFixture('clean-flat');
    await spoil(directory);
    await writeFile(join(directory, 'misc/snapshot'), 'user/other');
    const before = await digests(directory);
    await expect(closeTidily(engine, directory)).rejects.toMatchObject({ code: 'directorystorage.journal' });
    expect(await digests(directory)).toEqual(before);
  });

  test('a replica that waits to be unpacked', async () => {
    const directory = await unpackFixture('quick-shutdown-lawn');
    await writeFile(join(directory, 'journal/replica.tar'), '');
    const before = await digests(directory);
    await expect(closeTidily(engine, directory)).rejects.toMatchObject({ code: 'directorystorage.replica' });
    expect(await digests(directory)).toEqual(before);
  });

  test.each(['A', 'B', 'journal', 'misc', 'config/settings', 'config/identity'])(
    'a storage without %s',
    async (part) => {
      const directory = await unpackFixture('crashed-journal-bushy');
      await rm(join(directory, part), { recursive: true });
      const before = await digests(directory);
      await expect(closeTidily(engine, directory)).rejects.toMatchObject({
        code: 'directorystorage.missing',
        message: expect.stringContaining(part),
      });
      expect(await digests(directory)).toEqual(before);
    },
  );

  test('work that was cancelled before it began', async () => {
    const directory = await unpackFixture('crashed-in-snapshot-flat');
    const before = await digests(directory);
    const signal = AbortSignal.abort();
    await expect(closeTidily({ ...engine, signal }, directory)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await digests(directory)).toEqual(before);
  });
});

test('main and secondary directory may be links to elsewhere', async () => {
  const directory = await unpackFixture('crashed-in-snapshot-flat');
  for (const name of ['A', 'B']) {
    await rename(join(directory, name), `${directory}-${name}`);
    await symlink(`${directory}-${name}`, join(directory, name));
  }
  await closeTidily(engine, directory);
  expect(await readdir(join(directory, 'B'))).toEqual([]);
  expect(await readFile(join(directory, 'misc/snapshot'), 'utf8')).toBe('shutdown');
});

test('a directory that has to be made gets the mode of the one above it', async () => {
  const directory = await unpackFixture('crashed-journal-chunky');
  await chmod(join(directory, 'A'), 0o770);
  const umask = process.umask(0o077);
  await closeTidily(engine, directory).finally(() => process.umask(umask));
  expect((await stat(join(directory, 'A/o000/000'))).mode & 0o777).toBe(0o770);
});

test.skipIf(process.geteuid?.() !== 0)(
  'what the superuser makes belongs to the owner of the storage, also after a kill in between',
  async () => {
    const directory = await unpackFixture('crashed-journal-chunky');
    for (const path of ['A', 'misc']) await chown(join(directory, path), 1234, 1235);
    const fs = new FaultyFileSystem().crashAfter('makeDirectory');
    await expect(closeTidily({ fs }, directory)).rejects.toThrow();
    await closeTidily(engine, directory);
    for (const path of ['A/o000', 'A/o000/000', 'A/t040', 'misc/snapshot']) {
      const { uid, gid } = await stat(join(directory, path));
      expect({ path, uid, gid }).toEqual({ path, uid: 1234, gid: 1235 });
    }
  },
);
