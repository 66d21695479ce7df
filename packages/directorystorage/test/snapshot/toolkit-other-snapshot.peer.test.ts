import { join } from 'node:path';
import { KernelLock } from '@holdfast/lockfile';
import { describePeers, FixedClock } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { enterSnapshot } from '../../src/index.js';
import { unpackFixture } from '../support/fixture.js';
import { makeEngine, startZope, writeConf } from './support/zope.js';

describePeers('a server that is still leaving another snapshot', () => {
  test('is waited for', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory);
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    await zope.tell('be recombining/user/somebody-1');
    const entering = enterSnapshot(makeEngine().engine, { directory });
    await zope.process.line('current');
    await zope.tell('forget');
    await (await entering).release();
    expect((await zope.said()).at(-1)).toBe('left CODE');
  });

  test('but not for ever', async () => {
    const directory = await unpackFixture('clean-flat');
    const zope = await startZope(directory);
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    await zope.tell('be recombining/user/somebody-1');
    const { engine } = makeEngine({ clock: new FixedClock() });
    await expect(enterSnapshot(engine, { directory })).rejects.toThrow('on its way out of another snapshot');
  });
});

describePeers('a snapshot that a killed Holdfast left', () => {
  const dead = async () => {
    const { ownIdentity } = await import('@holdfast/lockfile');
    const { host, bootId } = await ownIdentity();
    return `${host}-4194304-holdfast.123.${bootId}.0123456789abcdef`;
  };

  test('is left at the next start, which then has its own', async () => {
    const directory = await unpackFixture('clean-chunky');
    const code = await dead();
    const zope = await startZope(directory, { code: `user/${code}` });
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory })).release();
    expect(told.messages[0]).toContain('Left snapshot mode of process 4194304');
    expect(await zope.said()).toEqual([
      'enter CODE',
      'current',
      'leave CODE',
      'left CODE',
      'current',
      'enter CODE',
      'entered CODE',
      'current',
      'leave CODE',
      'left CODE',
    ]);
  });

  test('is not left while its command has the sublock', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory, { code: `user/${await dead()}` });
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    await using _command = await KernelLock.acquire(join(directory, 'misc/sublock'));
    const entering = enterSnapshot(makeEngine().engine, { directory });
    await expect(entering).rejects.toThrow(
      /a holdfast that is gone, and does not leave it \(does its command still run/,
    );
    expect(await zope.said()).not.toContain('left CODE');
  });

  test.each([
    ['of another host', (code: string) => `elsewhere-${code}`],
    ['of DirectoryStorage’s own tool', (code: string) => code.replace(/-holdfast.*/, '')],
    [
      'of a living process',
      (code: string) => code.replace('4194304-holdfast.123', `${process.ppid}-holdfast.`),
    ],
  ])('%s is not touched', async (_whose, change) => {
    const directory = await unpackFixture('clean-chunky');
    const code = change(await dead());
    const zope = await startZope('-', { code: `user/${code}` });
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory })).release();
    expect(told.details[0]).toContain(`it is in another snapshot: ${code}`);
    expect(zope.process.output().stdout).not.toContain('leave');
  });
});
