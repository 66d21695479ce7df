import { mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KernelLock } from '@holdfast/lockfile';
import { describe, expect, test } from 'vitest';
import { enterSnapshot } from '../../src/index.js';
import { digests, unpackFixture } from '../support/fixture.js';
import { makeEngine, writeConf } from './support/zope.js';

const DAY_MS = 86_400_000;

async function leaveIn(directory: string, code: string, daysAgo: number): Promise<string> {
  const path = join(directory, 'misc/snapshot');
  const at = new Date(1000 * Math.floor((Date.now() - daysAgo * DAY_MS) / 1000));
  await writeFile(path, code);
  await utimes(path, at, at);
  return at.toISOString();
}

async function enter(directory: string) {
  const { engine, told } = makeEngine();
  await (await enterSnapshot(engine, { directory })).release();
  expect(told.messages.slice(-2)).toEqual(['Locked snapshot mode', 'Unlocked snapshot mode']);
  return told.warnings;
}

describe('a storage that no method brought into a snapshot, and that is in one', () => {
  test.each(['user/otherhost-4711', 'startup', 'packing'])(
    '%s is frozen with a warning of how old it is',
    async (code) => {
      const directory = await unpackFixture('clean-flat');
      await writeConf(directory, ['http http://127.0.0.1:1/DSToolkit access', 'nodirect']);
      const since = await leaveIn(directory, code, 20);
      expect(await enter(directory)).toEqual([
        expect.stringContaining(
          `that one is used which was there: '${code}' of ${since}; what was committed after that is not in it (http http://127.0.0.1:1/DSToolkit: connection refused; direct: snapshot.conf says nodirect)`,
        ),
      ]);
    },
  );

  test('that crashed in it is so where direct access is inhibited, and where it is refused', async () => {
    const inhibited = await unpackFixture('crashed-in-snapshot-flat');
    await writeConf(inhibited, ['nodirect']);
    expect(await enter(inhibited)).toEqual([expect.stringContaining('snapshot.conf says nodirect')]);
    const refused = await unpackFixture('crashed-in-snapshot-flat');
    await writeFile(join(refused, 'journal/.nfs0001'), '');
    expect(await enter(refused)).toEqual([expect.stringContaining('journal/.nfs0001 does not belong there')]);
  });

  test('is so where somebody else manages it', async () => {
    const directory = await unpackFixture('clean-flat');
    await leaveIn(directory, 'user/otherhost-4711', 20);
    await using _manager = await KernelLock.acquire(join(directory, 'misc/lock'));
    expect(await enter(directory)).toEqual([expect.stringMatching(/misc\/lock is locked by/)]);
  });

  test('is silently frozen only where it was closed tidily, and nothing waits in it', async () => {
    const directory = await unpackFixture('clean-flat');
    await writeConf(directory, ['nodirect']);
    expect(await enter(directory)).toEqual([]);
    const crashed = await unpackFixture('crashed-in-snapshot-flat');
    await rename(join(crashed, 'journal'), join(directory, 'journal-of-another'));
    await rename(join(directory, 'journal'), join(directory, 'journal-of-its-own'));
    await rename(join(directory, 'journal-of-another'), join(directory, 'journal'));
    expect(await enter(directory)).toEqual([expect.stringContaining("'shutdown' of ")]);
    expect(await readFile(join(directory, 'misc/snapshot'), 'utf8')).toBe('shutdown');
  });

  test.each(['direct', 'nodirect'])(
    'is refused while a replica waits to be unpacked (%s)',
    async (method) => {
      const directory = await unpackFixture('clean-flat');
      await writeConf(directory, [method]);
      await mkdir(join(directory, 'journal'), { recursive: true });
      await writeFile(join(directory, 'journal/replica.tar'), '');
      const before = await digests(directory);
      const entering = enterSnapshot(makeEngine().engine, { directory });
      await expect(entering).rejects.toMatchObject({ code: 'directorystorage.replica' });
      await using _free = await KernelLock.acquire(join(directory, 'misc/sublock'));
      const changed = Object.entries(await digests(directory)).filter(
        ([path, sum]) => before[path] !== sum && !path.startsWith('misc/'),
      );
      expect(changed).toEqual([]);
    },
  );
});
