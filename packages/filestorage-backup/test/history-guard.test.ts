import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { sampleStorage } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { readRepository, removeOlderChains } from '../src/index.js';
import { Site } from './support/site.js';

const OTHER_HISTORY = { code: 'repository.other-history' };

async function backedUp(): Promise<{ site: Site; yesterday: Buffer; today: Buffer }> {
  const site = await Site.make();
  const yesterday = await site.bytes();
  await site.backup();
  const today = await site.grow(5);
  await site.backup();
  return { site, yesterday, today };
}

/** Nothing was published, nothing lost. */
async function expectRefused(site: Site, newest: Buffer, request = {}): Promise<void> {
  const before = await readdir(site.repository);
  await expect(site.backup(request)).rejects.toMatchObject(OTHER_HISTORY);
  expect(await readdir(site.repository)).toEqual(before);
  expect((await site.restore()).equals(newest)).toBe(true);
}

describe('a source that is not the storage of the repository', () => {
  test('is refused when two storages were swapped, also for a full backup', async () => {
    const { site, today } = await backedUp();
    const other = join(site.directory, 'other.fs');
    await sampleStorage(nodeFileSystem, other, {
      transactions: 40,
      seed: 99,
      startTimeMs: Date.UTC(2026, 5, 1),
    });
    await nodeFileSystem.rename(other, site.source);
    await expectRefused(site, today);
    await expectRefused(site, today, { full: true });
  });

  test("is refused when yesterday's file was put in place, and when it went on from there", async () => {
    const { site, yesterday, today } = await backedUp();
    await site.write(yesterday);
    await expectRefused(site, today);
    await site.grow(9, 77, Date.UTC(2026, 10, 20, 3, 4, 5));
    await expectRefused(site, today);
  });

  test('is taken with acceptNewHistory, and clean-up then keeps the chain of the other history', async () => {
    const { site, yesterday, today } = await backedUp();
    await site.write(yesterday);
    expect(await site.backup({ acceptNewHistory: true })).toMatchObject({
      kind: 'full',
      reason: 'source-shrank',
    });
    const removed = await removeOlderChains(site.engine(), await readRepository(site.engine()));
    expect(removed).toEqual([]);
    const states = await site.restoreAll();
    expect(states.some((bytes) => bytes.equals(today))).toBe(true);
    expect((await site.restore()).equals(yesterday)).toBe(true);
  });

  test('is found out without a record too: the backups of repozo say themselves what they hold', async () => {
    const { site, yesterday, today } = await backedUp();
    const record = (await readdir(site.repository)).find((name) => name.endsWith('.holdfast'))!;
    await nodeFileSystem.unlink(join(site.repository, record));
    await site.write(yesterday);
    await expectRefused(site, today);
  });
});

describe('a source in another file with the same bytes', () => {
  test('is read once and then continued', async () => {
    const { site, today } = await backedUp();
    const inode = (await stat(site.source)).ino;
    const copy = join(site.directory, 'copy.fs');
    await nodeFileSystem.rename(site.source, copy);
    await site.write(today);
    expect((await stat(site.source)).ino).not.toBe(inode);
    const phases = new Set<string>();
    const watch = { onProgress: ({ phase }: { phase: string }) => void phases.add(phase) };
    expect(await site.backup({}, site.engine(undefined, watch))).toMatchObject({ kind: 'nothing' });
    expect(phases).toContain('read');
    phases.clear();
    await site.grow(1, 5);
    expect(await site.backup({}, site.engine(undefined, watch))).toMatchObject({ kind: 'increment' });
    expect(phases).not.toContain('read');
  });

  test('a change between the checkpoints is seen when the file is another one, and with thorough', async () => {
    const site = await Site.make();
    await site.grow(60, 4);
    await site.backup();
    const bytes = await site.bytes();
    const text = bytes.indexOf('body', bytes.length >> 1) + 40;
    bytes[text]! ^= 1;
    await nodeFileSystem.unlink(site.source);
    await site.write(bytes);
    expect(await site.backup()).toMatchObject({ kind: 'full', reason: 'prefix-differs' });
    bytes[text]! ^= 1;
    const file = await nodeFileSystem.openWrite(site.source);
    await file.write(bytes.subarray(text, text + 1), text);
    await file.close();
    expect(await site.backup({ thorough: true })).toMatchObject({ kind: 'full', reason: 'prefix-differs' });
  });
});
