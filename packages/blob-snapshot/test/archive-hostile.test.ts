import { existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { temporaryDirectory } from '@holdfast/test-kit';
import { type Header, pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { archiveEntries } from '../src/archive/archive-entries.js';
import { extractArchives } from '../src/archive/extract-archives.js';
import type { BlobBackup } from '../src/blob-backup.js';
import { archive, archiveSite } from './support/archives.js';
import { backupsIn, engine, STAMPS, treeOf } from './support/scene.js';

interface Member extends Partial<Header> {
  readonly name: string;
  readonly content?: string;
}

async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const stream = pack();
  for (const { content = '', ...header } of members) stream.entry(header, content);
  stream.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Scene {
  readonly root: string;
  readonly target: string;
  readonly backup: BlobBackup;
}

async function sceneOf(bytes: Buffer, name = 'blobstorage.0.tar'): Promise<Scene> {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'location'));
  const path = join(root, 'location', name);
  writeFileSync(path, bytes);
  writeFileSync(join(root, 'outside'), 'outside');
  const common = { base: 'blobstorage', stamp: undefined, number: 0, modifiedMs: 0, manifest: undefined };
  return {
    root,
    target: join(root, 'target'),
    backup: { ...common, id: name, kind: 'archive', path, before: [] },
  };
}

async function expectRefused(scene: Scene, message: RegExp): Promise<void> {
  const extracting = extractArchives(engine, [scene.backup], scene.target);
  await expect(extracting).rejects.toMatchObject({
    code: 'blobs.damaged',
    message: expect.stringMatching(message),
  });
  expect((await readdir(scene.root)).sort()).toEqual(['location', 'outside']);
  expect(readFileSync(join(scene.root, 'outside'), 'utf8')).toBe('outside');
}

const first = { name: './good', content: 'good' };

describe('names that lead out of the directory', () => {
  test.each([
    ['/etc/passwd', /absolute/],
    ['../outside', /leads out/],
    ['./a/../../outside', /leads out/],
    ['./a/..', /leads out/],
  ])('%s', async (name, message) => {
    await expectRefused(await sceneOf(await tarOf([first, { name, content: 'bad' }])), message);
    await expectRefused(await sceneOf(await tarOf([first, { name, type: 'directory' }])), message);
  });

  test('a NUL in a pax path', async () => {
    const pax = { path: './good\0/../../outside' };
    await expectRefused(await sceneOf(await tarOf([{ name: 'a', pax, content: 'bad' }])), /NUL/);
  });

  test('a hard link to a name outside', async () => {
    const link = { name: './link', type: 'link', linkname: '../outside' } as const;
    await expectRefused(await sceneOf(await tarOf([first, link])), /leads out/);
  });

  test('a file that is the directory itself', async () => {
    await expectRefused(
      await sceneOf(await tarOf([first, { name: '.', content: 'bad' }])),
      /blob directory itself/,
    );
  });
});

describe('members that a blob directory does not hold', () => {
  test.each([
    ['symlink', 'a symbolic link'],
    ['character-device', 'a device'],
    ['block-device', 'a device'],
    ['fifo', 'a FIFO'],
  ] as const)('a %s is left out and listed', async (type, reason) => {
    const special = { name: './special', type, linkname: '/etc/passwd' };
    const { backup, target } = await sceneOf(await tarOf([first, special]));
    const { refused } = await extractArchives(engine, [backup], target);
    expect(refused).toEqual({ count: 1, items: [{ path: 'special', reason }] });
    expect(Object.keys(treeOf(target))).toEqual(['good']);
  });

  test('a file behind a symbolic link of the archive is refused', async () => {
    const link = { name: './dir', type: 'symlink', linkname: '..' } as const;
    const members = [first, link, { name: './dir/outside', content: 'bad' }];
    await expectRefused(await sceneOf(await tarOf(members)), /behind dir/);
  });

  test('a file in place of a symbolic link of the archive is refused', async () => {
    const link = { name: './file', type: 'symlink', linkname: '../outside' } as const;
    await expectRefused(
      await sceneOf(await tarOf([link, { name: './file', content: 'bad' }])),
      /behind file/,
    );
  });

  test('a hard link is a copy of the file before it', async () => {
    const link = { name: './b', type: 'link', linkname: './a' } as const;
    const { backup, target } = await sceneOf(await tarOf([{ name: './a', content: 'one' }, link]));
    expect(await extractArchives(engine, [backup], target)).toMatchObject({ files: 2, bytes: 6 });
    expect(readFileSync(join(target, 'b'), 'utf8')).toBe('one');
  });

  test('a hard link to nothing is refused', async () => {
    const link = { name: './b', type: 'link', linkname: './none' } as const;
    await expectRefused(await sceneOf(await tarOf([first, link])), /no file before it/);
  });

  test('bits that hand on the rights of an owner are not restored', async () => {
    const { backup, target } = await sceneOf(await tarOf([{ name: './a', content: 'x', mode: 0o4755 }]));
    await extractArchives(engine, [backup], target);
    expect(treeOf(target).a).toMatch(/^755 /);
  });
});

test('a target that is there is refused, a dangling link too', async () => {
  const scene = await sceneOf(await tarOf([first]));
  symlinkSync(join(scene.root, 'nowhere'), scene.target);
  const extracting = extractArchives(engine, [scene.backup], scene.target);
  await expect(extracting).rejects.toMatchObject({ code: 'fs.exists' });
  expect(existsSync(join(scene.root, 'nowhere'))).toBe(false);
});

test('a later member of a name replaces the one before, whatever it was', async () => {
  const members = [
    { name: './a', content: 'old' },
    { name: './a', content: 'newer' },
    { name: './b', content: 'file' },
    { name: './b/c', content: 'below' },
  ];
  const { backup, target } = await sceneOf(await tarOf(members));
  expect(await extractArchives(engine, [backup], target)).toMatchObject({ files: 2, bytes: 10 });
});

describe('damage', () => {
  const members = Array.from({ length: 20 }, (_, n) => ({
    name: `./file-${n}`,
    content: `${n} `.repeat(n * 97),
  }));

  test('cut off at any place, it is an error that says where, and nothing is left', async () => {
    const bytes = await tarOf(members);
    for (let at = 0; at < bytes.length - 1024; at += 1013) {
      const scene = await sceneOf(bytes.subarray(0, at));
      const extracting = extractArchives(engine, [scene.backup], scene.target);
      await expect(extracting, `cut at ${at}`).rejects.toMatchObject({
        code: 'blobs.damaged',
        path: scene.backup.path,
        offset: expect.any(Number),
      });
      expect(existsSync(scene.target)).toBe(false);
    }
  });

  test('a gzipped one too, cut off or changed', async () => {
    const bytes = gzipSync(await tarOf(members));
    const changed = Buffer.from(bytes);
    changed[bytes.length >> 1]! ^= 0x10;
    const badCrc = Buffer.from(bytes);
    badCrc[bytes.length - 6]! ^= 1;
    for (const broken of [
      bytes.subarray(0, 2),
      bytes.subarray(0, bytes.length >> 1),
      bytes.subarray(0, -4),
      changed,
      badCrc,
    ]) {
      const scene = await sceneOf(broken, 'blobstorage.0.tar.gz');
      await expectRefused(scene, /damaged/);
    }
  });

  test('a header with a false checksum, or numbers that are none, is refused', async () => {
    const bytes = await tarOf([first]);
    bytes[0] = 0x41;
    await expectRefused(await sceneOf(bytes), /checksum/);
  });

  test('a size beyond all files is not believed', async () => {
    const scene = await sceneOf(
      await tarOf([{ name: './a', pax: { size: '900719925474099' }, content: 'x' }]),
    );
    const extracting = extractArchives(engine, [scene.backup], scene.target);
    await expect(extracting).rejects.toMatchObject({ code: 'fs.no-space' });
    expect(existsSync(scene.target)).toBe(false);
  });

  test('a long-name header of a gigabyte is not read', async () => {
    const bytes = await tarOf([{ name: './a', content: 'x' }]);
    const { encodeHeader } = await import('../src/archive/tar-header.js');
    const fields = {
      name: 'x',
      type: 'long-name',
      size: 2 ** 30,
      mode: 0,
      uid: 0,
      gid: 0,
      mtimeMs: 0,
    } as const;
    await expectRefused(await sceneOf(Buffer.concat([encodeHeader(fields), bytes])), /not believed/);
  });

  test('a bomb costs what its headers say, not more: listing it needs no space', async () => {
    const zeros = gzipSync(Buffer.concat([await tarOf([{ name: './a', content: '\0'.repeat(5_000_000) }])]));
    const { backup } = await sceneOf(zeros, 'blobstorage.0.tar.gz');
    const entries = [];
    for await (const entry of archiveEntries(engine, backup)) entries.push(entry.path);
    expect(entries).toEqual(['.', 'a']);
  });
});

describe('an archive that is not the one of its manifest', () => {
  async function recorded() {
    const site = await archiveSite();
    await archive(site, STAMPS[0]);
    const [backup] = await backupsIn(site.location);
    return { site, backup: backup!, target: join(site.root, 'target') };
  }

  test('changed bytes of a blob are seen by the digest', async () => {
    const { backup, target } = await recorded();
    const bytes = readFileSync(backup.path);
    const at = bytes.indexOf('blob 300');
    bytes.write('BLOB', at);
    writeFileSync(backup.path, bytes);
    const extracting = extractArchives(engine, [backup], target);
    await expect(extracting).rejects.toMatchObject({
      code: 'blobs.damaged',
      message: expect.stringMatching(/digest/),
    });
    expect(existsSync(target)).toBe(false);
    await extractArchives(engine, [backup], target, { check: false });
  });

  test.each([
    ['a member more', [{ name: './more', content: 'x' }]],
    ['no members', []],
  ])('%s is refused', async (_, members) => {
    const { backup, target } = await recorded();
    writeFileSync(backup.path, await tarOf([{ name: './', type: 'directory' }, ...members]));
    await expect(extractArchives(engine, [backup], target)).rejects.toThrow(/not the one of its manifest/);
    expect(existsSync(target)).toBe(false);
  });

  test('a manifest that is cut off is refused', async () => {
    const { backup, target } = await recorded();
    truncateSync(backup.manifest!, 300);
    await expect(extractArchives(engine, [backup], target)).rejects.toMatchObject({ code: 'blobs.manifest' });
    expect(existsSync(target)).toBe(false);
  });
});
