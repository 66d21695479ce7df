import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { restoreStorage } from '../src/index.js';
import { settingsText } from './support/build-storage.js';
import { digests } from './support/fixture.js';

type Entry = Parameters<ReturnType<typeof pack>['entry']>[0] & { readonly content?: string };

async function archive(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry(header, '');
    else tar.entry(header, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

const GOOD: readonly Entry[] = [
  { name: 'A', type: 'directory' },
  { name: 'config', type: 'directory' },
  { name: 'config/settings', content: settingsText('flat', 'Full') },
  { name: 'config/identity', content: '0'.repeat(32) },
  { name: 'A/x.oid', content: '12345678' },
];

async function restoring(files: Readonly<Record<string, Buffer>>) {
  const directory = await temporaryDirectory();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(directory, name), bytes);
  const target = join(directory, 'restored');
  const report = await restoreStorage({ fs: nodeFileSystem }, { backups: directory, target });
  return { report, target };
}

const CODE = { code: 'directorystorage.archive' };

test('a good archive is restored', async () => {
  const { target } = await restoring({ 'backup-1.tgz': await archive(GOOD) });
  expect(Object.keys(await digests(target)).sort()).toEqual([
    'A/x.oid',
    'config/identity',
    'config/settings',
    'misc/snapshot',
  ]);
});

describe('an archive is refused', () => {
  const hostile: Readonly<Record<string, Entry>> = {
    'with an absolute name': { name: '/etc/holdfast', content: '' },
    'with a name that goes up': { name: 'A/../../escaped', content: '' },
    'with a name that goes up at once': { name: '../escaped', content: '' },
    'with a doubled slash': { name: 'A//x', content: '' },
    'with a dot in the middle': { name: 'A/./x', content: '' },
    'with a backslash': { name: 'A\\..\\x', content: '' },
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
