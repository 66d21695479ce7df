import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { describePeers } from '@holdfast/test-kit';
import { expect } from 'vitest';
import { startZope, writeConf } from '../../../packages/directorystorage/test/snapshot/support/zope.js';
import { unpackFixture } from '../../../packages/directorystorage/test/support/fixture.js';
import { faultTest } from '../../../packages/lockfile/test/machine.js';
import { BIN, holdfast } from './support/cli.js';

const under = (inject: string) => [
  'strace',
  '-f',
  '-qq',
  '-o',
  '/dev/null',
  '-e',
  `inject=${inject}`,
  process.execPath,
  BIN,
];

faultTest(
  'without kernel locks nothing is frozen, and COMMAND is not run',
  { programs: ['strace'] },
  async () => {
    const storage = await unpackFixture('clean-flat');
    const command = under('flock:error=ENOLCK');
    const done = join(storage, 'done');
    const { status, stderr } = await holdfast(['snapshot', '-q', '--storage', storage, 'touch', done], {
      command,
    });
    expect(status).toBe(EXIT.system);
    expect(stderr).toContain('kernel locks are not available here');
    expect(existsSync(done)).toBe(false);
  },
);

describePeers('killed at any call that talks to a Zope server or locks', () => {
  for (const call of ['connect', 'flock']) {
    faultTest(`(${call}), the next start leaves what it left`, { programs: ['strace'] }, async () => {
      let kills = 0;
      for (;;) {
        const storage = await unpackFixture('clean-flat');
        const zope = await startZope(storage);
        await writeConf(storage, [`http ${zope.url} access`, 'nodirect']);
        const line = ['snapshot', '-q', '--storage', storage, '--', 'true'];
        const { status } = await holdfast(line, {
          command: under(`${call}:signal=SIGKILL:when=${kills + 1}`),
        });
        if (status === 0) break;
        kills += 1;
        expect(kills).toBeLessThan(20);
        expect(await holdfast(line)).toMatchObject({ status: 0, stderr: '' });
        await zope.tell('code');
        await zope.tell('is locked');
        expect((await zope.said()).slice(-2)).toEqual(['code is None', 'sublock held']);
        await zope.process.stop();
      }
      expect(kills).toBeGreaterThan(1);
    });
  }
});
