import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { KernelLock } from '@holdfast/lockfile';
import { describe, expect, test } from 'vitest';
import { allHeld, backupStorage, enterSnapshot, joinSurrounding, withSnapshot } from '../../src/index.js';
import { unpackFixture } from '../support/fixture.js';
import { UNDISTURBED } from '../support/lock.js';
import { makeEngine } from './support/zope.js';

async function surrounded() {
  const directory = await unpackFixture('clean-flat');
  const session = await enterSnapshot(makeEngine().engine, { directory });
  return { directory, session, env: session.environment() };
}

/** What somebody does who comes in when the surrounding snapshot is over: locks, and takes it out of snapshot mode. */
async function comeBetween(directory: string): Promise<KernelLock> {
  const lock = await KernelLock.acquire(join(directory, 'misc/sublock'));
  await rm(join(directory, 'misc/snapshot'));
  return lock;
}

describe('the snapshot that a tool runs under', () => {
  test('is joined only while somebody holds it', async () => {
    const { directory, session, env } = await surrounded();
    expect(await joinSurrounding(nodeFileSystem, env, directory)).toMatchObject({ directory });
    await session.release();
    await expect(joinSurrounding(nodeFileSystem, env, directory)).rejects.toMatchObject({
      code: 'snapshot.environment',
      message: expect.stringContaining('nobody holds misc/sublock'),
    });
  });

  test('is lost where it is over before the tool is done', async () => {
    const { session, env } = await surrounded();
    const work = withSnapshot(makeEngine().engine, { env }, () => session.release());
    await expect(work).rejects.toMatchObject({
      code: 'snapshot.lost',
      message: expect.stringContaining('nobody holds misc/sublock any more'),
    });
  });

  test('is lost where another process came between, also when that one wrote the same code again', async () => {
    for (const again of [false, true]) {
      const { directory, session, env } = await surrounded();
      let other: KernelLock | undefined;
      const work = withSnapshot(makeEngine().engine, { env }, async () => {
        const code = await readFile(join(directory, 'misc/snapshot'));
        await session.release();
        other = await comeBetween(directory);
        if (again) await writeFile(join(directory, 'misc/snapshot'), code);
      });
      await expect(work).rejects.toMatchObject({ code: 'snapshot.lost' });
      await other?.release();
    }
  });
});

describe.each(['of its own', 'that it runs under'])('a backup whose snapshot (%s) is taken away', (whose) => {
  test('publishes nothing', async () => {
    const { directory, session, env } = await surrounded();
    await mkdir(join(directory, 'backups'));
    const own = whose === 'of its own';
    if (own) await session.release();
    const { engine } = makeEngine();
    const request = own ? { directory, env: {} } : { env };
    const work = withSnapshot(engine, request, async (held) => {
      const failpoint = async (name: string) => {
        if (name !== 'after:seal') return;
        if (own) await rm(join(directory, 'misc/sublock'));
        else await session.release();
        await (await comeBetween(directory)).release();
      };
      return backupStorage(
        { fs: nodeFileSystem, clock: systemClock, failpoint },
        {
          directory,
          lock: allHeld(UNDISTURBED, held),
          timestamp: held.timestamp,
          commands: [{ kind: 'full', prefix: 'backup' }],
        },
      );
    });
    await expect(work).rejects.toMatchObject({ code: 'snapshot.lost' });
    expect(await readdir(join(directory, 'backups'))).toEqual([]);
  });
});
