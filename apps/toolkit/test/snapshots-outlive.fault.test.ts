import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KernelLock } from '@holdfast/lockfile';
import { describePeers, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { launch, startServer, writeConfig } from './support/server.js';
import { serveDirectory, serveSite, serveZope } from './support/storages.js';
import { eventually } from './support/wait.js';
import { call } from './support/xml-rpc.js';

const frozenOf = (dataFs: string) => readdirSync(dirname(dataFs)).filter((name) => name.includes('frozen'));

async function serveAll(life: string) {
  const [site, pages, zope] = [await serveSite(life), await serveDirectory(life), await serveZope(life)];
  const toml = [site, pages, zope].map((served) => served.toml).join('');
  const config = await writeConfig(await temporaryDirectory(), toml);
  const isHeld = () => KernelLock.isHeld(join(pages.directory, 'misc/lock'));
  return { config, site, pages, zope, isHeld };
}

const NAMES = ['main', 'pages', 'zope'];

describePeers('a server that ends while storages are frozen', () => {
  test('leaves them when it is asked to end, and ends with 0', async () => {
    const { config, site, zope, isHeld } = await serveAll('15m');
    const server = await startServer(config);
    for (const name of NAMES) expect(await call(server, name, 'enterSnapshot', 'x-1')).not.toContain('fault');
    expect(frozenOf(site.dataFs)).toHaveLength(1);
    expect(await isHeld()).toBe(true);
    expect(await server.end()).toBe(0);
    expect(frozenOf(site.dataFs)).toEqual([]);
    expect(await isHeld()).toBe(false);
    expect((await zope.zope.said()).at(-1)).toBe('left x-1');
    const again = await startServer(config);
    for (const name of NAMES) expect(await call(again, name, 'currentSnapshotCode')).not.toContain('user/');
  });

  test('that was killed goes on with them when it is started again, and they can be left', async () => {
    const { config, site, zope, isHeld } = await serveAll('15m');
    const killed = await startServer(config);
    for (const name of NAMES) await call(killed, name, 'enterSnapshot', 'x-1');
    expect(await killed.end('SIGKILL')).toBe('SIGKILL');
    const server = await startServer(config);
    for (const name of NAMES) expect(await call(server, name, 'currentSnapshotCode')).toBe('user/x-1');
    expect(await isHeld()).toBe(true);
    for (const name of NAMES) {
      expect(await call(server, name, 'enterSnapshot', 'x-2')).toContain('fault');
      expect(await call(server, name, 'leaveSnapshot', 'x-1')).not.toContain('fault');
    }
    expect(frozenOf(site.dataFs)).toEqual([]);
    expect(await isHeld()).toBe(false);
    expect((await zope.zope.said()).at(-1)).toBe('left x-1');
  });

  test('leaves them at the end of their life, also when that came while no server ran', async () => {
    const { config, site, zope, isHeld } = await serveAll('2s');
    const first = await startServer(config);
    for (const name of NAMES) await call(first, name, 'enterSnapshot', 'x-1');
    await first.end('SIGKILL');
    const second = await startServer(config);
    await eventually(
      'the three are left',
      async () => {
        const codes = await Promise.all(NAMES.map((name) => call(second, name, 'currentSnapshotCode')));
        return codes.every((code) => !code.startsWith('user/'));
      },
      10_000,
    );
    expect(frozenOf(site.dataFs)).toEqual([]);
    expect(await isHeld()).toBe(false);
    for (const name of NAMES) await call(second, name, 'enterSnapshot', 'x-2');
    await second.end('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const third = await startServer(config);
    await eventually(
      'all is left',
      async () => frozenOf(site.dataFs).length === 0 && !(await isHeld()),
      10_000,
    );
    await eventually('the Zope is left', async () => (await zope.zope.said()).at(-1) === 'left x-2', 10_000);
    expect(third.log.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
  });

  test.each([2, 10, 25, 60, 150])(
    'killed %i ms after an entering began, it leaves nothing frozen for longer than a life',
    async (ms) => {
      const { config, site, isHeld, zope } = await serveAll('1s');
      const first = await startServer(config);
      const entering = Promise.allSettled(NAMES.map((name) => call(first, name, 'enterSnapshot', 'x-1')));
      await new Promise((resolve) => setTimeout(resolve, ms));
      await first.end('SIGKILL');
      await entering;
      await startServer(config);
      await eventually(
        'nothing is frozen',
        async () => frozenOf(site.dataFs).length === 0 && !(await isHeld()),
        10_000,
      );
      await eventually(
        'the Zope is in no snapshot',
        async () => {
          await zope.zope.tell('code');
          return (
            zope.zope.process
              .output()
              .stdout.trimEnd()
              .split('\n')
              .filter((line) => line.startsWith('code is'))
              .at(-1) === 'code is None'
          );
        },
        10_000,
      );
    },
  );
});

test('two servers do not share a state directory', async () => {
  const { toml } = await serveSite();
  const directory = await temporaryDirectory();
  const config = await writeConfig(directory, toml);
  await startServer(config);
  const second = launch(['--config', config]);
  expect(await second.done()).toBe(3);
  expect(second.stderr()).toContain(`another server uses the state directory ${directory}/state`);
  expect(existsSync(join(directory, 'state'))).toBe(true);
});
