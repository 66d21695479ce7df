import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { StorageLock } from '@holdfast/lockfile';
import { beforeAll, describe, expect, test } from 'vitest';
import { contentsBelow, copyOfSite, holdfast, makeBlobSite, type Site } from './support/cli.js';

let made: Site;
let first: string;
let newest: string;

beforeAll(async () => {
  const site = await makeBlobSite();
  await site.run('backup', '-q');
  await site.commit(2);
  await site.run('backup', '-q');
  const { sets } = JSON.parse((await site.run('list', '--json')).stdout);
  [first = '', newest = ''] = sets.map(({ id }: { id: string }) => id);
  made = site;
});

const copy = () => copyOfSite(made.path);
const blobsOf = (path: string) => contentsBelow(join(path, 'var/blobstorage'));

describe('holdfast restore of Data.fs and blobs', () => {
  test('answered with no changes nothing and ends with 0', async () => {
    const site = await copy();
    const before = await contentsBelow(join(site.path, 'var'));
    const { status, stdout, stderr } = await holdfast(['restore'], { cwd: site.path, input: 'no\n' });
    expect({ status, stdout }).toEqual({ status: EXIT.ok, stdout: '' });
    expect(stderr).toContain(`This will replace the filestorage:\n    ${site.datafs} (`);
    expect(stderr).toContain(`This will replace the blobstorage:\n    ${site.path}/var/blobstorage\n`);
    expect(stderr).toContain(`with the set ${newest}, of `);
    expect(stderr).toContain('6 blob files');
    expect(stderr).toContain('What is there now will be kept, as .old');
    expect(stderr).toContain('Nothing was changed.\n');
    expect(await contentsBelow(join(site.path, 'var'))).toEqual(before);
  });

  test('of an older set puts both back, and keeps both that were there', async () => {
    const site = await copy();
    const blobs = await blobsOf(site.path);
    const { status, stdout } = await site.run('restore', first, '-n');
    expect(status).toBe(EXIT.ok);
    expect(stdout).toContain(`Restoring the set ${first}, of `);
    expect(stdout).toContain(`  The file that was there is now ${site.datafs}.old.`);
    expect(stdout).toContain(`  The directory that was there is now ${site.path}/var/blobstorage.old.`);
    expect((await blobsOf(site.path)).size).toBe(4);
    expect(await contentsBelow(join(site.path, 'var/blobstorage.old'))).toEqual(blobs);
  });

  test('--no-blobs leaves the blobs alone', async () => {
    const site = await copy();
    await writeFile(site.datafs, 'broken');
    const { ino } = await stat(join(site.path, 'var/blobstorage'));
    expect((await site.run('restore', '--no-blobs', '-n')).status).toBe(EXIT.ok);
    expect((await readFile(site.datafs)).equals(await readFile(made.datafs))).toBe(true);
    expect((await stat(join(site.path, 'var/blobstorage'))).ino).toBe(ino);
    expect(await readdir(join(site.path, 'var'))).not.toContain('blobstorage.old');
  });

  test('with a storage that is not configured any more gives back the others, and show names it', async () => {
    const site = await copy();
    await copyFile(site.datafs, join(site.path, 'var/filestorage/cat.fs'));
    await writeFile(join(site.path, 'holdfast.toml'), '[storages.cat]\n');
    expect((await site.run('backup', '-q')).status).toBe(EXIT.ok);
    await rm(join(site.path, 'holdfast.toml'));
    const { sets } = JSON.parse((await site.run('list', '--json')).stdout);
    const { id } = sets.at(-1);
    expect((await site.run('show', id)).stdout).toContain(
      'Storage cat: not in the configuration, so it is not restored\n',
    );
    const { status, stderr } = await site.run('restore', '--to', 'there');
    expect(status).toBe(EXIT.ok);
    expect(stderr).toContain(`the set ${id} holds the storage cat, which is not in the configuration`);
    expect((await readdir(join(site.path, 'there'))).sort()).toEqual([
      'Data.fs',
      'Data.fs.index',
      'blobstorage',
    ]);
    expect((await site.run('verify')).status).toBe(EXIT.ok);
  });

  test('--to makes a directory with both, and leaves the site alone', async () => {
    const site = await copy();
    const before = await contentsBelow(join(site.path, 'var/filestorage'));
    expect((await site.run('restore', '--to', 'there')).status).toBe(EXIT.ok);
    expect((await readFile(join(site.path, 'there/Data.fs'))).equals(await readFile(site.datafs))).toBe(true);
    expect(await contentsBelow(join(site.path, 'there/blobstorage'))).toEqual(await blobsOf(site.path));
    expect(await contentsBelow(join(site.path, 'var/filestorage'))).toEqual(before);
    const again = await site.run('restore', '--to', 'there');
    expect(again.status).toBe(EXIT.refused);
    expect(again.stderr).toContain('there');
  });

  test('--free-first is of no effect where there is room: the old ones are kept', async () => {
    const site = await copy();
    expect((await site.run('restore', '-n', '--free-first')).status).toBe(EXIT.ok);
    expect(await readdir(join(site.path, 'var'))).toContain('blobstorage.old');
  });

  test('tells all that stands in the way, a line each, before it asks', async () => {
    const site = await copy();
    await rm(join(site.path, 'var/blobstorage'), { recursive: true });
    await writeFile(join(site.path, 'var/blobstorage'), '');
    await using _zodb = await StorageLock.acquire(site.datafs);
    const { status, stderr } = await site.run('restore');
    expect(status).toBe(EXIT.refused);
    const [head, ...lines] = stderr.trimEnd().split('\n');
    expect(head).toBe('holdfast: 2 things stand in the way of the restore');
    expect(lines[0]).toContain(`${site.datafs} is in use`);
    expect(lines[1]).toContain(`${site.path}/var/blobstorage: it is not a directory`);
    expect(lines).toHaveLength(3);
    expect(stderr).not.toContain('Are you sure');
  });

  test('refuses a set of which a part is missing, and takes an older one for a date', async () => {
    const site = await copy();
    await rm(join(site.path, 'var/blobstoragebackups', `blobstorage.${newest}`), { recursive: true });
    const asked = await site.run('restore', newest, '-n');
    expect(asked.status).toBe(EXIT.repository);
    expect(asked.stderr).toContain(`the set ${newest} is not whole: the blob backup`);
    const { status, stdout, stderr } = await site.run('restore', '-n');
    expect(status).toBe(EXIT.ok);
    expect(stdout).toContain(`Restoring the set ${first}, of `);
    expect(stderr).toContain(`the later set ${newest} is not whole`);
  });

  test('passes over a set that a check found damaged; the error of that set names the newest good one', async () => {
    const site = await copy();
    const name = (await readdir(site.repository)).find((one) => one.endsWith('.deltafsz'))!;
    const bytes = await readFile(join(site.repository, name));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(site.repository, name), bytes);

    const unaware = await site.run('restore', '-n', '--to', 'unaware');
    expect(unaware.status).toBe(EXIT.repository);
    expect(unaware.stderr).toContain(
      `Restore the set ${first}: it is the newest other one that is whole, but was never checked.`,
    );

    expect((await site.run('verify')).status).toBe(EXIT.repository);
    const { status, stdout, stderr } = await site.run('restore', '-n', '--to', 'there');
    expect(status).toBe(EXIT.ok);
    expect(stdout).toContain(`Restoring the set ${first}, of `);
    expect(stderr).toMatch(
      new RegExp(
        `the later set ${newest} is passed over: .*damaged; to take it all the same, name it: ${newest}`,
      ),
    );

    const asked = await site.run('restore', newest, '-n', '--to', 'asked');
    expect(asked.status).toBe(EXIT.repository);
    expect(asked.stderr).toContain(`the set ${newest}: its last check (stored, `);
    expect(asked.stderr).toContain(
      `Restore the set ${first}: it is the newest other one that is whole and was found sound.`,
    );

    const told = await site.run('status', '--check');
    expect(told.status).toBe(1);
    expect(told.stdout).toContain(`found the set ${newest} damaged`);
  });

  test('into a repository given by hand takes the blobs that are named too', async () => {
    const site = await copy();
    await mkdir(join(site.path, 'new'));
    const places = ['--repository', 'var/backups', '--blob-repository', 'var/blobstoragebackups'];
    const targets = ['--datafs', 'new/Data.fs', '--blob-storage', 'new/blobs'];
    expect(await site.run('restore', ...places, ...targets)).toMatchObject({ status: EXIT.ok, stderr: '' });
    expect((await readFile(join(site.path, 'new/Data.fs'))).equals(await readFile(site.datafs))).toBe(true);
    expect(await contentsBelow(join(site.path, 'new/blobs'))).toEqual(await blobsOf(site.path));
  });
});
