import { randomBytes } from 'node:crypto';
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { restoreStorage } from '../src/index.js';
import { settingsText } from './support/build-storage.js';
import { digests } from './support/fixture.js';

type Entry = Parameters<ReturnType<typeof pack>['entry']>[0] & { readonly content?: string };

const archive = async (entries: readonly Entry[]) => gzipSync(await tarOf(entries));

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry(header, '');
    else tar.entry(header, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const GOOD: readonly Entry[] = [
  { name: 'A', type: 'directory' },
  { name: 'config', type: 'directory' },
  { name: 'config/settings', content: settingsText('flat', 'Full') },
  { name: 'config/identity', content: '0'.repeat(32) },
  { name: 'A/x.oid', content: '12345678' },
  { name: 'A/x.serial', content: '12345678' },
];

async function restoring(files: Readonly<Record<string, Buffer>>) {
  const directory = await temporaryDirectory();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(directory, name), bytes);
  const target = join(directory, 'restored');
  const warnings: string[] = [];
  const engine = { fs: nodeFileSystem, warn: (text: string) => void warnings.push(text) };
  const report = await restoreStorage(engine, { backups: directory, target });
  return { report, target, warnings };
}

const CODE = { code: 'directorystorage.archive' };

test('a good archive is restored', async () => {
  const { target } = await restoring({ 'backup-1.tgz': await archive(GOOD) });
  expect(Object.keys(await digests(target)).sort()).toEqual([
    'A/x.oid',
    'A/x.serial',
    'config/identity',
    'config/settings',
    'misc/snapshot',
  ]);
});

test('a name with a backslash is a name as any other', async () => {
  const { target } = await restoring({
    'backup-1.tgz': await archive([...GOOD, { name: 'config/back\\slash', content: 'x' }]),
  });
  expect(await readFile(join(target, 'config/back\\slash'), 'utf8')).toBe('x');
});

test("links of the top and of config, as DirectoryStorage's own tool has them, are told and not made", async () => {
  const link = (name: string): Entry => ({ name, type: 'symlink', linkname: '/elsewhere' });
  const links = ['backups', 'latest', 'config/snapshot.conf'].map(link);
  const { target, warnings } = await restoring({ 'backup-1.tgz': await archive([...GOOD, ...links]) });
  expect(warnings).toEqual([
    expect.stringMatching(/^backups is a link in .*: a directory is made in its place$/),
    expect.stringMatching(/^latest is a link in .*: it is left out$/),
    expect.stringMatching(/^config\/snapshot\.conf is a link/),
  ]);
  expect((await lstat(join(target, 'backups'))).isDirectory()).toBe(true);
  expect(await readdir(target)).not.toContain('latest');
  expect(await readdir(join(target, 'config'))).not.toContain('snapshot.conf');
});

test('what is cut short within a whole gzip file is refused, wherever it was cut', async () => {
  const tar = await tarOf([...GOOD, { name: 'A/big', content: 'x'.repeat(3000) }]);
  // To the first of the two blocks at the end, which a lost one would not tell from a cut.
  for (let length = 512; length < tar.length; length += 256) {
    const files = { 'backup-1.tgz': gzipSync(tar.subarray(0, length)) };
    await expect(restoring(files), `cut at ${length}`).rejects.toMatchObject(CODE);
  }
  await restoring({ 'backup-1.tgz': gzipSync(tar) });
  await restoring({ 'backup-1.tgz': gzipSync(Buffer.concat([tar, Buffer.alloc(8192)])) });
});

test('a large archive is read without a warning of Node', async () => {
  const content = randomBytes(16 << 20).toString('latin1');
  const bytes = await archive([...GOOD, { name: 'A/large', content }]);
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => void warnings.push(name);
  process.on('warning', onWarning);
  try {
    await restoring({ 'backup-1.tgz': bytes });
    await nextTurn();
  } finally {
    process.off('warning', onWarning);
  }
  expect(warnings).toEqual([]);
});

describe('an archive is refused', () => {
  const hostile: Readonly<Record<string, Entry>> = {
    'with an absolute name': { name: '/etc/holdfast', content: '' },
    'with a name that goes up': { name: 'A/../../escaped', content: '' },
    'with a name that goes up at once': { name: '../escaped', content: '' },
    'with a doubled slash': { name: 'A//x', content: '' },
    'with a dot in the middle': { name: 'A/./x', content: '' },
    'with a symbolic link': { name: 'A/link', type: 'symlink', linkname: '/etc' },
    'with a hard link': { name: 'A/link', type: 'link', linkname: 'A/x.oid' },
    'with a pipe': { name: 'A/pipe', type: 'fifo' },
    'with a device': { name: 'A/null', type: 'character-device' },
    'with a file twice': { name: 'A/x.oid', content: 'again!!!' },
    'with a file in misc': { name: 'misc/lock', content: '' },
    'with a directory in config': { name: 'config/deep/file', content: '' },
    'with a file below a file': { name: 'A/x.oid/below', content: '' },
  };

  test.each(Object.entries(hostile))('%s', async (_what, entry) => {
    const bytes = await archive([...GOOD, entry]);
    await expect(restoring({ 'backup-1.tgz': bytes })).rejects.toMatchObject(
      entry.name.endsWith('below')
        ? { code: expect.stringMatching(/^(fs\.|directorystorage\.archive)/) }
        : CODE,
    );
  });

  test('with a link above a file, by whatever way it came there', async () => {
    const increment = await archive([{ name: 'config/settings', content: 'mine' }]);
    const files = { 'backup-1.tgz': await archive(GOOD), 'backup-1-to-2.tgz': increment };
    await expect(restoring(files)).rejects.toMatchObject(CODE);
  });

  test('that is cut, empty, not gzipped, or damaged', async () => {
    const good = await archive([...GOOD, { name: 'A/big', content: 'x'.repeat(100_000) }]);
    const flipped = Buffer.from(good);
    flipped[good.length >> 1] = flipped[good.length >> 1]! ^ 0xff;
    const bad = [
      good.subarray(0, good.length >> 1),
      Buffer.alloc(0),
      Buffer.from('not gzip at all'),
      flipped,
    ];
    for (const bytes of [...bad, gzipSync(Buffer.alloc(700, 'garbage'))]) {
      await expect(restoring({ 'backup-1.tgz': bytes })).rejects.toMatchObject(CODE);
    }
  });
});

test('nothing is restored over what is there, and not without a way to the backup', async () => {
  const directory = await temporaryDirectory();
  const engine = { fs: nodeFileSystem };
  const request = { backups: directory, target: directory };
  await expect(restoreStorage(engine, request)).rejects.toMatchObject({ code: 'repository.no-backup' });
  await writeFile(join(directory, 'backup-3.tgz'), await archive(GOOD));
  await expect(restoreStorage(engine, request)).rejects.toMatchObject({ code: 'fs.exists' });
  const elsewhere = { ...request, target: join(directory, 'new') };
  await expect(restoreStorage(engine, { ...elsewhere, sequence: 4 })).rejects.toMatchObject({
    code: 'repository.no-backup',
  });
  await expect(
    restoreStorage(engine, { ...request, backups: join(directory, 'none') }),
  ).rejects.toMatchObject({
    code: 'repository.missing',
  });
});
