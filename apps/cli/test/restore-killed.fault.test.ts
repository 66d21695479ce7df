import { join } from 'node:path';
import { chooseRestore, planRestore, readConfiguration, restoreSet } from '@holdfast/backup';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { zlibCodec } from '@holdfast/gzip-members';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { contentsBelow, copyOfSite, makeBlobSite, type Site } from './support/cli.js';

let made: Site;
let backedUp: ReadonlyMap<string, string>;

beforeAll(async () => {
  const site = await makeBlobSite();
  await site.run('backup', '-q');
  backedUp = await contents(site);
  await site.commit(2);
  made = site;
});

/** What a restore puts in place: `Data.fs` and the blobs. */
async function contents({ path }: Site): Promise<ReadonlyMap<string, string>> {
  const all = [...(await contentsBelow(join(path, 'var')))];
  return new Map(all.filter(([name]) => name === 'filestorage/Data.fs' || name.startsWith('blobstorage/')));
}

/** A restore that dies right after the call that renames to this path. */
async function restoreKilled(site: Site, path: RegExp): Promise<void> {
  const fs = new FaultyFileSystem(nodeFileSystem).crashAfter('rename', { path });
  const codec = zlibCodec();
  const world = { fs, bulk: fs.bulk(), clock: systemClock, codec: () => codec };
  const config = await readConfiguration(nodeFileSystem, { cwd: site.path });
  const { request } = await chooseRestore(world, { config, from: 'backup', wanted: undefined }, {});
  await expect(restoreSet(world, await planRestore(world, request))).rejects.toThrow();
  expect(fs.crashed).toBe(true);
}

describe('after a restore that was killed', () => {
  test('between the new Data.fs and the new blobs, the next one finishes it first', async () => {
    const site = await copyOfSite(made.path);
    await restoreKilled(site, /filestorage\/Data\.fs$/);
    const half = await contents(site);
    expect(half.get('filestorage/Data.fs')).toBe(backedUp.get('filestorage/Data.fs'));
    expect(half.size).toBeGreaterThan(backedUp.size);
    const { status, stdout, stderr } = await site.run('restore', '--no-prompt');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('A restore was killed here before: it was finished first (');
    expect(await contents(site)).toEqual(backedUp);
  });

  test('with the blobs taken away, a question that is answered with no leaves a whole site', async () => {
    const site = await copyOfSite(made.path);
    await restoreKilled(site, /blobstorage\.old$/);
    const { status, stdout, stderr } = await site.run('restore');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('it was finished first');
    expect(stderr).toContain('Nothing was changed.');
    expect(await contents(site)).toEqual(backedUp);
  });
});
