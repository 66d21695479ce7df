import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { describe, expect, test } from 'vitest';
import { planRestore } from '../src/restore/index.js';
import { chooseRestore, needPlacesToRestore, type RestoreChoice } from '../src/run/restore-run.js';
import { readKinds } from '../src/sets/read-kinds.js';
import { RunSite } from './support/run-site.js';

async function choose(site: RunSite, more: Partial<RestoreChoice> = {}) {
  const choice = { config: await site.config(), from: 'backup', wanted: undefined, ...more } as const;
  return await chooseRestore(site.world(), choice, {});
}

describe('sets with a storage that was taken out of the configuration', () => {
  test('give back the others, which is said', async () => {
    const both = await RunSite.make({ catalog: true });
    const { set } = await both.run();
    const site = await both.withoutCatalog();
    expect((await site.run()).made).toBe(false);
    const chosen = await choose(site);
    expect(chosen.set.id).toBe(set.id);
    expect(chosen.request.storages.map(({ name }) => name)).toEqual(['main']);
    const left = `the set ${set.id} holds the storage catalog, which is not in the configuration: it is left out`;
    expect(chosen.warnings).toEqual([left]);
    expect((await choose(site, { wanted: set.id })).warnings).toEqual([left]);
  });

  test('are sound where what is configured is, and stay so when it is configured again', async () => {
    const both = await RunSite.make({ catalog: true });
    await both.run();
    const site = await both.withoutCatalog();
    const { problems, warnings, sets } = await site.verify('stored');
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      'the storage catalog, which some sets hold, is not in the configuration: it was not checked',
    ]);
    expect(sets.map(({ sound }) => sound)).toEqual([true]);
    expect((await site.offered()).map(({ verified }) => verified?.sound)).toEqual([true]);
  });
});

describe('sets of which only the backup of blobs is missing', () => {
  const without = async () => {
    const site = await RunSite.make();
    await site.run();
    await site.grow();
    const { set } = await site.run();
    await rm(site.path('blobstoragebackups'), { recursive: true });
    return { site, id: set.id };
  };

  test('are refused with what can be done', async () => {
    const { site, id } = await without();
    const hint = expect.stringContaining('--no-blobs');
    await expect(choose(site)).rejects.toMatchObject({ code: 'sets.none', hint });
    await expect(choose(site, { wanted: id })).rejects.toMatchObject({ code: 'repository.damaged', hint });
  });

  test('give back the Data.fs where no blobs are wanted', async () => {
    const { site, id } = await without();
    for (const wanted of [undefined, id]) {
      const { set, request, warnings } = await choose(site, { wanted, withoutBlobs: true });
      expect({ id: set.id, warnings }).toEqual({ id, warnings: [] });
      expect(request.storages.map(({ filestorage, blobs }) => [filestorage !== undefined, blobs])).toEqual([
        [true, undefined],
      ]);
    }
  });

  test('are not hinted at where the Data.fs is missing too', async () => {
    const { site, id } = await without();
    const [{ record }] = (await site.read()).sets as [Awaited<ReturnType<RunSite['read']>>['sets'][number]];
    await rm(join(site.path('backups'), record.parts[0]!.filestorage!.name));
    await expect(choose(site, { wanted: record.id })).rejects.not.toMatchObject({
      hint: expect.stringContaining('--no-blobs'),
    });
    await expect(choose(site, { wanted: id, withoutBlobs: true })).rejects.toMatchObject({
      code: 'repository.damaged',
    });
  });
});

describe('a restore to a directory', () => {
  test.each([
    ['the blob directory', 'blobstorage/new'],
    ['the directory of backups', 'backups/x'],
    ['the directory of backups', 'snapshotbackups'],
    ['the directory of backups', 'link/x'],
  ])('is refused in %s (%s)', async (what, path) => {
    const site = await RunSite.make();
    await site.run();
    await symlink(site.path('blobstoragebackups'), site.path('link'));
    const world = site.world();
    const to = site.path(path);
    const choice = { config: await site.config(), from: 'backup', wanted: undefined } as const;
    const { problems } = await planRestore(world, (await chooseRestore(world, choice, { to })).request);
    expect(problems).toEqual([
      expect.objectContaining({
        code: 'restore.overlap',
        message: expect.stringContaining(`${to} lies in ${what} `),
      }),
    ]);
  });

  test('beside them is not', async () => {
    const site = await RunSite.make();
    await site.run();
    const world = site.world();
    const choice = { config: await site.config(), from: 'backup', wanted: undefined } as const;
    const { request } = await chooseRestore(world, choice, { to: site.path('restored') });
    expect((await planRestore(world, request)).problems).toEqual([]);
  });
});

describe('places that are not there', () => {
  test.each([
    ['snapshot', 'snapshotbackups', 'holdfast snapshotbackup'],
    ['zip', 'zipbackups', 'holdfast zipbackup'],
  ] as const)('of %s sets are told with the command that makes them', async (from, place, command) => {
    const site = await RunSite.make();
    const choice = { config: await site.config(), from, wanted: undefined };
    const missing = {
      code: 'repository.missing',
      path: site.path(place),
      hint: expect.stringContaining(command),
    };
    await expect(needPlacesToRestore(nodeFileSystem, choice)).rejects.toMatchObject(missing);
    await expect(readKinds(site.world(), choice.config, [from])).rejects.toMatchObject(missing);
  });

  test('of alternative sources are told; where nothing is in them, they are named', async () => {
    const site = await RunSite.make({ toml: 'alternative_restore_source = "1 var/e1 var/nope"' });
    const choice = { config: await site.config(), from: 'alternative', wanted: undefined } as const;
    const need = (more = {}) => needPlacesToRestore(nodeFileSystem, { ...choice, ...more });
    const missing = (path: string) => ({
      code: 'repository.missing',
      message: `there is no alternative restore source at ${site.path(path)}`,
      hint: expect.stringContaining('alternative_restore_source'),
    });
    await expect(need()).rejects.toMatchObject(missing('e1'));
    await mkdir(site.path('e1'));
    await expect(need()).rejects.toMatchObject(missing('nope'));
    await need({ withoutBlobs: true });
    await mkdir(site.path('nope'));
    await need();
    await expect(choose(site, { from: 'alternative' })).rejects.toMatchObject({
      code: 'sets.none',
      message: `there is no set of backups in ${site.path('e1')}`,
    });
  });
});
