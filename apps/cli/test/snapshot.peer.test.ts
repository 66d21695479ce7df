import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { describePeers, makeCertificate, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { startZope, writeConf } from '../../../packages/directorystorage/test/snapshot/support/zope.js';
import { unpackFixture } from '../../../packages/directorystorage/test/support/fixture.js';
import { holdfast, start } from './support/cli.js';

async function makeSite(options: Readonly<Record<string, unknown>> = {}) {
  const storage = await unpackFixture('clean-chunky');
  const zope = await startZope(storage, options);
  await writeConf(storage, [`http ${zope.url} access`, 'nodirect']);
  const line = (...command: readonly string[]) => ['snapshot', '--storage', storage, '--', ...command];
  return { storage, zope, line };
}

const LEFT = ['enter CODE', 'entered CODE', 'current', 'leave CODE', 'left CODE'];

describePeers('holdfast snapshot with a Zope server', () => {
  test.each([
    ['succeeds', ['true'], 0],
    ['fails', ['sh', '-c', 'exit 5'], 5],
    ['is killed', ['sh', '-c', 'kill -KILL $$'], 137],
    ['is not there', ['no-such-program'], 127],
  ] as const)('leaves when COMMAND %s', async (_how, command, expected) => {
    const { zope, line } = await makeSite();
    const { status, stderr } = await holdfast(line(...command));
    expect(status).toBe(expected);
    expect(stderr).toContain(`Entered snapshot using ${zope.url}\nLocked snapshot mode\n`);
    expect(stderr).toContain('Unlocked snapshot mode\nLeft snapshot mode\n');
    expect(stderr).not.toContain('geheim');
    expect(await zope.said()).toEqual(LEFT);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('leaves when it gets %s, twice even', async (signal) => {
    const { zope, line } = await makeSite();
    const running = start(line('sh', '-c', 'echo ready >&2; exec sleep 100'));
    await running.says('ready');
    running.kill(signal);
    running.kill(signal);
    expect((await running.done).status).toBe(signal === 'SIGTERM' ? 143 : 130);
    expect(await zope.said()).toEqual(LEFT);
  });

  test('leaves when it is stopped while it enters; COMMAND is not run', async () => {
    const { storage, zope, line } = await makeSite({ behaviour: 'slow', seconds: 0.4 });
    const done = join(storage, 'done');
    const running = start(line('touch', done));
    await zope.process.line('enter');
    running.kill('SIGTERM');
    const { status, stderr } = await running.done;
    expect(status).toBe(EXIT.cancelled);
    expect(stderr).toContain('stopped by SIGTERM; the command was not run');
    expect(existsSync(done)).toBe(false);
    expect((await zope.said()).at(-1)).toBe('left CODE');
  });

  test('that is killed leaves the storage frozen no longer than until the next start after COMMAND', async () => {
    const { storage, zope, line } = await makeSite();
    const running = start(line('sh', '-c', 'echo pid $$ >&2; exec sleep 100'));
    await running.says('pid ');
    const pid = Number(/pid (\d+)/.exec(running.stderr())?.[1]);
    whenDone(() => {
      if (existsSync(`/proc/${pid}/stat`)) process.kill(pid, 'SIGKILL');
    });
    running.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await KernelLock.isHeld(join(storage, 'misc/sublock'))).toBe(true);
    const during = await holdfast(line('true'));
    expect(during.status).toBe(EXIT.busy);
    expect(during.stderr).toContain(
      'a holdfast that is gone, and does not leave it (does its command still run?)',
    );
    expect(await zope.said()).not.toContain('left CODE');
    process.kill(pid, 'SIGKILL');
    await running.done;
    const after = await holdfast(line('true'));
    expect(after.status).toBe(0);
    expect(after.stderr).toContain(
      `Left snapshot mode of process ${running.pid}, a holdfast that was killed\n`,
    );
    expect((await zope.said()).slice(-6)).toEqual(['current', ...LEFT]);
  });

  test('is loud when the snapshot was taken away meanwhile', async () => {
    const { zope, line } = await makeSite();
    const running = start(line('sh', '-c', 'echo ready >&2; read line'));
    await running.says('ready');
    await zope.tell('forget');
    const { status, stderr } = await running.done;
    expect(status).not.toBe(0);
    expect(stderr).toContain('was taken away while it was in use');
  });

  test('over https takes a certificate that the administrator trusts', async () => {
    const directory = await temporaryDirectory();
    const { key, certificate } = await makeCertificate(directory, 'zope');
    const { zope, line } = await makeSite({ key, certificate });
    const trusting = await holdfast(line('true'), { env: { NODE_EXTRA_CA_CERTS: certificate } });
    expect(trusting).toMatchObject({ status: 0 });
    expect(await zope.said()).toEqual(LEFT);
    const careless = await holdfast(line('true'), { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
    expect(careless.status).toBe(EXIT.busy);
    expect(careless.stderr).toContain('its certificate is not trusted');
  });

  test('finds the access file in the working directory where it is asked to', async () => {
    const { storage, zope, line } = await makeSite();
    const cwd = await temporaryDirectory();
    await rename(join(storage, 'config/access'), join(cwd, 'access'));
    const [, ...rest] = line('true');
    const refused = await holdfast(line('true'), { cwd });
    expect(refused.status).toBe(EXIT.busy);
    expect(refused.stderr).toContain('config/access cannot be used: ');
    expect((await holdfast(['snapshot', '--access-from-cwd', ...rest], { cwd })).status).toBe(0);
    expect(await zope.said()).toEqual(LEFT);
  });

  test('leave takes a storage out of a snapshot that nobody else will leave', async () => {
    const { hostname } = await import('node:os');
    const code = `${hostname()}-4194304-holdfast.1..0123456789abcdef`;
    const { storage, zope } = await makeSite({ code: `user/${code}` });
    const leave = (...more: readonly string[]) =>
      holdfast(['snapshot', 'leave', '--storage', storage, ...more]);
    expect(await leave()).toMatchObject({ status: 0, stderr: `${zope.url}: Left snapshot mode (${code})\n` });
    expect(await leave()).toMatchObject({ status: 0, stderr: `${zope.url}: it is in no snapshot\n` });
  });

  test('leave takes it out of that of another tool only with --force, and never out of a pack', async () => {
    const { storage, zope } = await makeSite({ code: 'user/elsewhere-12' });
    const leave = (...more: readonly string[]) =>
      holdfast(['snapshot', 'leave', '--storage', storage, ...more]);
    const kept = await leave();
    expect(kept.status).toBe(EXIT.busy);
    expect(kept.stderr).toContain('--force leaves it all the same (elsewhere-12)');
    expect((await leave('--force')).status).toBe(0);
    await zope.tell('be packing');
    expect((await leave('--force')).status).toBe(EXIT.busy);
  });
});
