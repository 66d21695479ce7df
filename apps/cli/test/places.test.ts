import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { findPlaces, findRepository, findSite } from '../src/places.js';

async function directory(...below: readonly string[]): Promise<string> {
  const site = await temporaryDirectory();
  for (const path of below) await mkdir(join(site, path), { recursive: true });
  return site;
}

describe('the places of a site', () => {
  test('are those of the backup recipe', async () => {
    const site = await directory('var/filestorage');
    expect(await findPlaces(nodeFileSystem, site, {})).toEqual({
      datafs: join(site, 'var/filestorage/Data.fs'),
      repository: join(site, 'var/backups'),
    });
  });

  test('are found from any directory below', async () => {
    const site = await directory('var/filestorage', 'src/deep/down');
    expect(await findSite(nodeFileSystem, join(site, 'src/deep/down'))).toBe(site);
  });

  test('are found by the backups alone, on a new machine', async () => {
    const site = await directory('var/backups');
    expect(await findRepository(nodeFileSystem, site, undefined)).toBe(join(site, 'var/backups'));
  });

  test('are not /var/backups, where Debian keeps other things', async () => {
    const onlyRoot = { lstat: async (path: string) => known(path, ['/var/backups']) };
    expect(await findSite({ ...nodeFileSystem, ...onlyRoot }, '/srv')).toBeUndefined();
    const both = { lstat: async (path: string) => known(path, ['/var/backups', '/var/filestorage']) };
    expect(await findSite({ ...nodeFileSystem, ...both }, '/srv')).toBe('/');
  });

  test('need not be found where both are given, relative to the working directory', async () => {
    const given = { datafs: 'Data.fs', repository: '../b c' };
    expect(await findPlaces(nodeFileSystem, '/no/such/place', given)).toEqual({
      datafs: '/no/such/place/Data.fs',
      repository: '/no/such/b c',
    });
  });

  test('that are missing are told with the option that names them', async () => {
    const missing = findPlaces({ ...nodeFileSystem, lstat: async (path) => known(path, []) }, '/srv/x', {
      datafs: 'x',
    });
    await expect(missing).rejects.toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('--repository DIR') }),
    );
  });
});

/** As `lstat` of a file system that holds these directories only. */
async function known(path: string, present: readonly string[]) {
  return nodeFileSystem.lstat(present.includes(path) ? '/' : '/no/such/file');
}
