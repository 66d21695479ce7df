import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { type BlobSite, contentsBelow, makeBlobSite } from './support/cli.js';

const state = async (site: BlobSite) => ({
  data: (await readFile(site.datafs)).toString('latin1'),
  blobs: await contentsBelow(site.blobs),
});

/** As after a fire: only the backups are left. */
async function lose(site: BlobSite): Promise<void> {
  await rm(site.datafs);
  await rm(site.blobs, { recursive: true });
}

const KINDS = [
  ['backup', 'restore', 'backup', 'backups', 'blobstoragebackups'],
  ['fullbackup', 'restore', 'backup', 'backups', 'blobstoragebackups'],
  ['snapshotbackup', 'snapshotrestore', 'snapshot', 'snapshotbackups', 'blobstoragesnapshots'],
  ['zipbackup', 'ziprestore', 'zip', 'zipbackups', 'blobstoragezips'],
] as const;

describe('what one command backs up another restores, Data.fs and blobs', () => {
  test.each(KINDS)('%s, %s', async (backup, restore, kind, location, blobLocation) => {
    const site = await makeBlobSite();
    const before = await state(site);
    const { status, stdout, stderr } = await site.run(backup);
    expect({ status, stderr }).toEqual({ status: EXIT.ok, stderr: '' });
    expect(stdout).toContain('Backed up blobs: 4 new files (3.0 kB), 4 files in all (3.0 kB).');
    expect(stdout).toMatch(/\nSet [\d-]{19} is complete: .*\.\n$/);
    expect((await readdir(join(site.path, 'var'))).sort()).toEqual(
      [location, blobLocation, 'blobstorage', 'filestorage'].sort(),
    );
    const { sets } = JSON.parse((await site.run('list', '--json')).stdout);
    expect(sets).toMatchObject([{ kind, storages: [{ blobs: { files: 4 } }] }]);
    await lose(site);
    expect(await site.run(restore)).toMatchObject({ status: EXIT.ok, stderr: '' });
    expect(await state(site)).toEqual(before);
  });

  test('each restore takes what its own backup made, whatever is newer', async () => {
    const site = await makeBlobSite();
    const old = await state(site);
    await site.run('snapshotbackup', '-q');
    await site.commit(2);
    const young = await state(site);
    await site.run('backup', '-q');
    await site.run('snapshotrestore', '-nq', '--replace');
    expect(await state(site)).toEqual(old);
    await site.run('restore', '-nq', '--replace');
    expect(await state(site)).toEqual(young);
    expect((await site.run('ziprestore', '-n')).status).toBe(EXIT.repository);
  });

  test('altrestore: the backups of another site', async () => {
    const live = await makeBlobSite();
    await live.run('backup', '-q');
    const backups = ['backups', 'blobstoragebackups'].map((name) => join(live.path, 'var', name));
    const staging = await makeBlobSite(`alternative_restore_sources = "Data ${backups.join(' ')}"\n`);
    await staging.commit(1);
    expect(await staging.run('altrestore', '-n', '--replace')).toMatchObject({ status: EXIT.ok, stderr: '' });
    expect(await state(staging)).toEqual(await state(live));
  });

  test('altrestore without a source says what to set', async () => {
    const { status, stderr } = await (await makeBlobSite()).run('altrestore', '-n');
    expect(status).toBe(EXIT.usage);
    expect(stderr).toContain('alternative_restore_sources');
  });
});

describe('several storages', () => {
  test('are one set, additional ones first, and are restored together', async () => {
    const site = await makeBlobSite('[storages.catalog]\ndatafs = "var/filestorage/catalog.fs"\n');
    const catalog = join(site.path, 'var/filestorage/catalog.fs');
    const other = await makeBlobSite();
    const content = await readFile(other.datafs);
    await writeFile(catalog, content);
    const made = JSON.parse((await site.run('backup', '--json')).stdout);
    expect(made.storages.map(({ storage }: { storage: string }) => storage)).toEqual(['catalog', 'main']);
    const before = await state(site);
    await lose(site);
    await rm(catalog);
    expect((await site.run('restore')).status).toBe(EXIT.ok);
    expect(await state(site)).toEqual(before);
    expect((await readFile(catalog)).equals(content)).toBe(true);
  });
});

describe('--itemize', () => {
  test('names each blob that is new, and only those', async () => {
    const site = await makeBlobSite();
    await site.run('backup', '-q');
    const known = [...(await contentsBelow(site.blobs)).keys()];
    await site.commit(1);
    const [added = ''] = [...(await contentsBelow(site.blobs)).keys()].filter(
      (path) => !known.includes(path),
    );
    const { stdout } = await site.run('backup', '--itemize');
    expect(stdout).toContain(`copied   ${added}\n`);
    for (const path of known.filter((name) => name.endsWith('.blob'))) expect(stdout).not.toContain(path);
  });
});
