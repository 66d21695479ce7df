import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KernelLock } from '@holdfast/lockfile';
import { describePeers, spawnPython } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { enterSnapshot, withSnapshot } from '../../src/index.js';
import { unpackFixture } from '../support/fixture.js';
import { makeEngine, startZope, writeConf } from './support/zope.js';

const isHeld = (directory: string) => KernelLock.isHeld(join(directory, 'misc/sublock'));

describePeers('a storage that a Zope server uses', () => {
  test('is entered and left with one code, the sublock held between, and released before', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory);
    await writeConf(directory, ['nodirect', `http ${zope.url} access`]);
    const { engine, told } = makeEngine();
    const before = Math.floor(Date.now() / 1000);
    const session = await enterSnapshot(engine, { directory });
    expect(await isHeld(directory)).toBe(true);
    const shown = await readFile(join(directory, 'misc/snapshot'), 'utf8');
    expect(shown).toMatch(/^user\/.+-\d+-holdfast\./);
    expect(session.environment()).toEqual({
      SNAPSHOT_VERSION: '2',
      SNAPSHOT_DIRECTORY: directory,
      SNAPSHOT_TIMESTAMP: String(session.timestamp),
    });
    expect(session.timestamp).toBeGreaterThanOrEqual(before);
    await session.release();
    await session.release();
    expect(await zope.said()).toEqual(['enter CODE', 'entered CODE', 'current', 'leave CODE', 'left CODE']);
    const codes = new Set(
      [...zope.process.output().stdout.matchAll(/\S+-holdfast\.\S+/g)].map(([code]) => code),
    );
    expect(codes.size).toBe(1);
    expect(told.messages).toEqual([
      `Entered snapshot using ${zope.url}`,
      'Locked snapshot mode',
      'Unlocked snapshot mode',
      'Left snapshot mode',
    ]);
    expect(told.warnings).toEqual([]);
    expect(existsSync(join(directory, 'misc/snapshot'))).toBe(false);
  });

  test('is left when the work in it fails, and the failure stays the one that is told', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory);
    await writeConf(directory, [`http ${zope.url} access`]);
    const work = withSnapshot(makeEngine().engine, { directory, env: {} }, async () => {
      throw new Error('the work failed');
    });
    await expect(work).rejects.toThrow('the work failed');
    expect((await zope.said()).slice(-2)).toEqual(['leave CODE', 'left CODE']);
  });

  test('is left at the end of an `await using` too', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory);
    await writeConf(directory, [`http ${zope.url} access`]);
    {
      await using session = await enterSnapshot(makeEngine().engine, { directory });
      expect(session.lock.held).toBe(true);
    }
    expect((await zope.said()).at(-1)).toBe('left CODE');
  });

  test('whose server answers with a fault after it has entered (it cannot write None) was entered', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory, { none: false });
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory });
    await session.release();
    expect(told.messages.at(-1)).toBe('Left snapshot mode');
    expect((await zope.said()).slice(-2)).toEqual(['leave CODE', 'left CODE']);
  });

  test('whose answer to the entering was lost is in the snapshot all the same, and left', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory, { behaviour: 'lose-enter' });
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory });
    expect(told.details).toEqual([expect.stringContaining('answer was lost')]);
    await session.release();
    expect((await zope.said()).slice(-2)).toEqual(['leave CODE', 'left CODE']);
  });

  test('whose answer to the leaving was lost has been left', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory, { behaviour: 'lose-leave' });
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory })).release();
    expect(told.messages.at(-1)).toBe('Left snapshot mode');
  });

  test('that enters only after the time for the answer is over is found in it, and left', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory, { behaviour: 'slow', seconds: 0.6 });
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const entering = enterSnapshot(makeEngine().engine, { directory, timeoutMs: 300 });
    await expect(entering).rejects.toMatchObject({ code: 'snapshot.not-locked' });
    expect((await zope.said()).slice(-2)).toEqual(['leave CODE', 'left CODE']);
    await zope.tell('code');
    expect(await zope.said()).toContain('code is None');
  });

  test('is left when the entering is stopped', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory, { behaviour: 'slow', seconds: 0.4 });
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const controller = new AbortController();
    const { engine } = makeEngine({ signal: controller.signal });
    const entering = enterSnapshot(engine, { directory });
    await zope.process.line('enter');
    controller.abort(new Error('stopped'));
    await expect(entering).rejects.toThrow('stopped');
    expect((await zope.said()).at(-1)).toBe('left CODE');
  });

  test('whose snapshot is taken away meanwhile is a loud end', async () => {
    for (const [order, reason] of [
      ['take away', 'misc/snapshot was removed'],
      ['forget', 'in no snapshot any more'],
      ['be user/somebody-1', 'another snapshot: somebody-1'],
    ] as const) {
      const directory = await unpackFixture('clean-flat');
      const zope = await startZope(directory);
      await writeConf(directory, [`http ${zope.url} access`]);
      const session = await enterSnapshot(makeEngine().engine, { directory });
      await zope.tell(order);
      await expect(session.release()).rejects.toMatchObject({
        code: 'snapshot.lost',
        message: expect.stringContaining(reason),
      });
      expect(await isHeld(directory)).toBe(false);
    }
  });

  test('is left in spite of another process that takes the sublock in between, for a moment', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory);
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory });
    const other = spawnPython(
      `
        import fcntl, sys, time
        f = open(sys.argv[1], 'a+')
        fcntl.flock(f, fcntl.LOCK_EX)
        print('has it', flush=True)
        time.sleep(0.4)
      `,
      [join(directory, 'misc/sublock')],
    );
    const isWaiting = new RegExp(`-> FLOCK .* ${other.child.pid} `);
    await expect.poll(() => readFile('/proc/locks', 'utf8'), { timeout: 20_000 }).toMatch(isWaiting);
    await session.release();
    await other.line('has it');
    expect(told.details.join()).toContain('could not leave yet');
    expect((await zope.said()).at(-1)).toBe('left CODE');
  });

  test('whose server was started again meanwhile kept the snapshot; that it cannot be left is told', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory);
    await writeConf(directory, [`http ${zope.url} access`]);
    const session = await enterSnapshot(makeEngine().engine, { directory });
    await zope.tell('be startup');
    await expect(session.release()).rejects.toMatchObject({
      code: 'snapshot.not-left',
      hint: expect.stringContaining('Start it again'),
    });
  });

  test('whose server is stopped meanwhile needs not be left', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory);
    await writeConf(directory, [`http ${zope.url} access`]);
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory });
    await zope.process.stop();
    await session.release();
    expect(told.details.at(-1)).toContain('nobody manages the storage now');
  });

  test('whose server cannot be reached at the end, though it runs, is told of', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory);
    await writeConf(directory, [`http ${zope.url} access`]);
    const session = await enterSnapshot(makeEngine().engine, { directory });
    await using _manager = await (async () => {
      await zope.process.stop();
      return KernelLock.acquire(join(directory, 'misc/lock'));
    })();
    await expect(session.release()).rejects.toMatchObject({
      code: 'snapshot.not-left',
      message: expect.stringContaining('connection refused'),
    });
  });
});
