import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { lockRepository } from '@holdfast/lockfile';
import { beforeAll, describe, expect, test } from 'vitest';
import { copyOfSite, makeBlobSite, makeSite, type Site } from './support/cli.js';

let made: Site;
/** Sets, oldest first: full, increment, full, snapshot. */
let ids: readonly string[];

beforeAll(async () => {
  const site = await makeBlobSite();
  await site.run('backup', '-q');
  await site.commit(2);
  await site.run('backup', '-q');
  await site.run('fullbackup', '-q');
  await site.run('snapshotbackup', '-q');
  const { sets } = JSON.parse((await site.run('list', '--json')).stdout);
  ids = sets.map(({ id }: { id: string }) => id);
  made = site;
});

const copy = () => copyOfSite(made.path);

const idsOf = async (site: Site, ...args: readonly string[]) =>
  JSON.parse((await site.run('list', '--json', ...args)).stdout).sets.map(({ id }: { id: string }) => id);

describe('holdfast show', () => {
  test('names all files of a set, and what is new in it', async () => {
    const { status, stdout, stderr } = await made.run('show', ids[1]!);
    expect({ status, stderr }).toEqual({ status: EXIT.ok, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Set ${ids[1]}, increment, of .* UTC\n  made .* UTC, in .* s\n`));
    expect(stdout).toContain('never checked: holdfast verify');
    expect(stdout).toContain('1 new transaction\n');
    expect(stdout).toContain(`    ${made.repository}/${ids[0]}.fsz (`);
    expect(stdout).toContain(`    ${made.repository}/${ids[1]}.deltafsz (`);
    expect(stdout).toContain('  Blobs: 6 files (5.0 kB), 2 new (2.0 kB)\n');
    expect(stdout).toContain(`/var/blobstoragebackups/blobstorage.${ids[1]}\n`);
  });

  test('tells when it was checked', async () => {
    const site = await copy();
    await site.run('verify', '--deep');
    expect((await site.run('show', ids[0]!)).stdout).toMatch(/\n {2}found sound .* UTC \(deep\)\n/);
    expect((await site.run('list')).stdout).toMatch(new RegExp(`\n${ids[0]} .* UTC\n`));
  });

  test('warns of what is missing', async () => {
    const site = await copy();
    const blobs = join(site.path, 'var/blobstoragebackups', `blobstorage.${ids[1]}`);
    await rm(blobs, { recursive: true });
    const { status, stderr } = await site.run('show', ids[1]!);
    expect(status).toBe(EXIT.ok);
    expect(stderr).toContain(`the blob backup blobstorage.${ids[1]} is missing`);
  });

  test.each([
    ['2026-x', "'2026-x' is not the id of a set"],
    ['1999-01-01-00-00-00', 'there is no set 1999-01-01-00-00-00'],
  ])('of %s is a clear error', async (id, message) => {
    const { status, stderr } = await made.run('show', id);
    expect(status).toBe(EXIT.usage);
    expect(stderr).toContain(message);
  });

  test('takes no beginning that sets of any kind share', async () => {
    const { status, stderr } = await made.run('show', ids[0]!.slice(0, 4));
    expect(status).toBe(EXIT.usage);
    expect(stderr).toContain('it begins the ids of 4');
    expect((await made.run('show', ids[3]!.slice(0, 4), '--kind', 'snapshot')).stdout).toContain(ids[3]);
  });
});

describe('holdfast list', () => {
  test('--kind lists one kind', async () => {
    expect(await idsOf(made)).toEqual(ids);
    expect(await idsOf(made, '--kind', 'snapshot')).toEqual([ids[3]]);
    expect(await idsOf(made, '--repository', 'var/backups')).toEqual(ids.slice(0, 3));
  });
});

describe('holdfast prune', () => {
  const keepOne = async (site: Site) => writeFile(join(site.path, 'holdfast.toml'), 'keep = 1\n');

  test('--dry-run tells why each set would stay or go, and removes nothing', async () => {
    const site = await copy();
    await keepOne(site);
    const before = (await readdir(site.repository)).sort();
    const { status, stdout, stderr } = await site.run('prune', '--dry-run');
    expect({ status, stderr }).toEqual({ status: EXIT.ok, stderr: '' });
    for (const id of ids.slice(0, 2))
      expect(stdout).toMatch(new RegExp(`^backup ${id} would go: .+\\.$`, 'm'));
    for (const id of ids.slice(2)) expect(stdout).toMatch(new RegExp(`^\\w+ ${id} would stay: .+\\.$`, 'm'));
    expect(stdout).toContain('2 sets would go, ');
    expect((await readdir(site.repository)).sort()).toEqual(before);
    expect(await idsOf(site)).toEqual(ids);
  });

  test('removes them, with their blobs, and what stays is whole', async () => {
    const site = await copy();
    await keepOne(site);
    expect((await site.run('prune')).stdout).toContain('2 sets removed, ');
    expect(await idsOf(site)).toEqual(ids.slice(2));
    const blobs = await readdir(join(site.path, 'var/blobstoragebackups'));
    expect(blobs.filter((name) => name.startsWith('blobstorage.'))).toEqual([`blobstorage.${ids[2]}`]);
    expect((await site.run('verify', '--deep')).status).toBe(EXIT.ok);
  });

  test('is kept away by a running backup', async () => {
    const site = await copy();
    await keepOne(site);
    await using _lock = await lockRepository(site.repository, { command: 'holdfast backup' });
    const { status, stderr } = await site.run('prune');
    expect(status).toBe(EXIT.busy);
    expect(stderr).toContain("is locked by 'holdfast backup'");
    expect(await idsOf(site)).toEqual(ids);
  });
});

describe('holdfast keep', () => {
  test('keeps a set and what it needs, until --undo', async () => {
    const site = await copy();
    await writeFile(join(site.path, 'holdfast.toml'), 'keep = 1\n');
    const kept = await site.run('keep', ids[1]!, '--note', 'before the upgrade');
    expect(kept).toMatchObject({ status: EXIT.ok, stderr: '' });
    expect(kept.stdout).toBe(`Set ${ids[1]} is kept until 'holdfast keep --undo ${ids[1]}'.\n`);
    expect((await site.run('list')).stdout).toMatch(new RegExp(`^${ids[1]} .* kept$`, 'm'));
    expect((await site.run('show', ids[1]!)).stdout).toContain('kept: it is never removed');
    await site.run('prune');
    expect(await idsOf(site)).toEqual(expect.arrayContaining([ids[1]]));
    expect((await site.run('restore', ids[1]!, '--to', 'there')).status).toBe(EXIT.ok);
    const undone = await site.run('keep', '--undo', ids[1]!);
    expect(undone.stdout).toBe(`Set ${ids[1]} is no longer kept: retention decides.\n`);
    await site.run('prune');
    expect(await idsOf(site)).toEqual(ids.slice(2));
  });

  test('of a set that is not there changes nothing', async () => {
    const site = await copy();
    const before = (await readdir(site.repository)).sort();
    expect((await site.run('keep', '1999-01-01-00-00-00')).status).toBe(EXIT.usage);
    expect((await readdir(site.repository)).sort()).toEqual(before);
  });
});

describe('without a directory of backups', () => {
  test.each([
    [['list']],
    [['show', '2026-11-20-02-00-00']],
    [['verify']],
    [['prune']],
    [['keep', '2026-11-20-02-00-00']],
  ])('%j says so, and makes none', async (args) => {
    const site = await makeSite();
    const { status, stderr } = await site.run(...args);
    expect(status).toBe(EXIT.repository);
    expect(stderr).toContain(`there is no repository at ${site.repository}\n`);
    expect(await readdir(join(site.path, 'var'))).toEqual(['filestorage']);
  });
});
