import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describePeers, python, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { passwordOf, type RunningServer, startServer, writeConfig } from './support/server.js';
import { serveDirectory, serveSite, serveZope } from './support/storages.js';

const HOLDFAST = fileURLToPath(new URL('../../cli/bin/holdfast.js', import.meta.url));
const run = promisify(execFile);

interface Kind {
  readonly name: 'main' | 'pages' | 'zope';
  readonly directory: string;
  /** What `holdfast snapshot` is told to freeze. */
  readonly storage: string;
}

let server: RunningServer;
const kinds = {} as Record<Kind['name'], Kind>;

const addressOf = (name: string, user: 'zope' | 'reader' = 'zope') =>
  `${server.url.replace('://', `://${user}:${encodeURIComponent(passwordOf(user))}@`)}/${name}`;

/** Asked as DirectoryStorage asks it. */
async function isLocked({ directory }: Kind, lock: 'lock' | 'sublock'): Promise<boolean> {
  const script = `
    import sys, zc.lockfile
    try:
        zc.lockfile.LockFile(sys.argv[1]).close()
        print('free')
    except zc.lockfile.LockError:
        print('held')
  `;
  return (await pythonOutput(script, [join(directory, 'misc', lock)])).trim() === 'held';
}

describePeers('the server', () => {
  beforeAll(async () => {
    const [site, pages, zope] = [await serveSite(), await serveDirectory(), await serveZope()];
    kinds.main = { name: 'main', directory: site.directory, storage: site.dataFs };
    kinds.pages = { name: 'pages', directory: pages.directory, storage: pages.directory };
    kinds.zope = { name: 'zope', directory: zope.directory, storage: zope.directory };
    const directory = await temporaryDirectory();
    server = await startServer(
      await writeConfig(directory, [site, pages, zope].map(({ toml }) => toml).join('')),
    );
  });

  describe.each(['main', 'pages', 'zope'] as const)('/%s', (name) => {
    test('goes through a cycle with xmlrpc.client', async () => {
      const script = `
        import json, sys
        from xmlrpc.client import ServerProxy, MultiCall, Fault, ProtocolError
        url, reader = sys.argv[1:]
        said = []
        def attempt(call, *arguments):
            try:
                said.append(call(*arguments))
            except Fault as fault:
                said.append('fault')
            except ProtocolError as error:
                said.append(error.errcode)
        server = ServerProxy(url)
        attempt(server.isDirectorystorage)
        attempt(server.currentSnapshotCode)
        entered = server.enterSnapshot('host-1')
        said.append(entered['code'])
        attempt(server.currentSnapshotCode)
        attempt(server.enterSnapshot, 'host-2')
        attempt(server.enterSnapshot, 'host-1')
        attempt(server.leaveSnapshot, 'host-2')
        calls = MultiCall(server)
        calls.currentSnapshotCode()
        calls.isDirectorystorage()
        said.append(list(calls()))
        server.leaveSnapshot('host-1')
        attempt(server.currentSnapshotCode)
        attempt(server.leaveSnapshot, 'host-1')
        attempt(ServerProxy(reader).currentSnapshotCode)
        attempt(ServerProxy(reader).enterSnapshot, 'host-3')
        said.append('enterSnapshot' in server.system.listMethods())
        print(json.dumps({'said': said, 'entered': entered}))
      `;
      const { said, entered } = JSON.parse(
        await pythonOutput(script, [addressOf(name), addressOf(name, 'reader')]),
      ) as { said: unknown[]; entered: Record<string, string> };
      const is = name === 'main' ? 0 : 1;
      const code = 'user/host-1';
      const after = said[8];
      expect([null, '', 'shutdown']).toContain(after);
      expect(said).toEqual([
        is,
        expect.toSatisfy((first) => first === after || first === ''),
        'host-1',
        code,
        'fault',
        'fault',
        'fault',
        [code, is],
        after,
        'fault',
        after,
        expect.toSatisfy((refused) => refused === 'fault' || refused === 403),
        true,
      ]);
      if (name === 'main') {
        expect(entered.size).toBe(String(statSync(kinds.main.storage).size));
        expect(entered.tid).toMatch(/^[0-9a-f]{16}$/);
      } else {
        expect(entered.directory).toBe(kinds[name].directory);
      }
    });

    test('goes through a cycle with curl', async () => {
      const call = async (method: string) => {
        const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params><param><value><string>curl-1</string></value></param></params></methodCall>`;
        const { stdout } = await run('curl', [
          ...['--silent', '--show-error', '--fail', '--user', `zope:${passwordOf('zope')}`],
          ...['--header', 'Content-Type: text/xml', '--data-binary', body, `${server.url}/${name}`],
        ]);
        return stdout;
      };
      const entered = await call('enterSnapshot');
      expect(entered).toContain('curl-1');
      expect(entered).not.toContain('<fault>');
      if (name !== 'main') {
        const kind = kinds[name];
        expect(readFileSync(join(kind.directory, 'misc/snapshot'), 'utf8')).toBe(
          name === 'zope' ? 'user/curl-1' : 'shutdown',
        );
        // As a Zope in snapshot mode: nobody else manages it, and a backup can take the sublock.
        expect(await isLocked(kind, 'lock')).toBe(true);
        expect(await isLocked(kind, 'sublock')).toBe(false);
      }
      expect(await call('enterSnapshot')).toContain('<fault>');
      expect(await call('leaveSnapshot')).not.toContain('<fault>');
    });

    test('goes through a cycle with holdfast snapshot', async () => {
      const { storage, directory } = kinds[name];
      const conf = await temporaryDirectory();
      await writeFile(join(conf, 'access'), `zope:${passwordOf('zope')}\n`, { mode: 0o600 });
      await writeFile(join(conf, 'snapshot.conf'), `http ${server.url}/${name} access\nnodirect\n`);
      const command = `env | grep ^SNAPSHOT_; curl --silent --fail --user 'zope:${passwordOf('zope')}' --header 'Content-Type: text/xml' --data '<methodCall><methodName>currentSnapshotCode</methodName></methodCall>' ${server.url}/${name}`;
      const args = [
        'snapshot',
        '-v',
        '--snapshot-conf',
        join(conf, 'snapshot.conf'),
        '--storage',
        storage,
        '--',
      ];
      const { stdout, stderr } = await run(process.execPath, [HOLDFAST, ...args, 'sh', '-c', command]);
      expect(stdout, stderr).toMatch(/user\/\S+-\d+-holdfast\./);
      if (name === 'main') {
        expect(stdout).toMatch(/SNAPSHOT_FILE=.*\/\.holdfast-frozen-[0-9a-f]+\/Data\.fs\n/);
        expect(stdout).toContain(`SNAPSHOT_SIZE=${statSync(storage).size}\n`);
      } else {
        expect(stdout).toContain(`SNAPSHOT_DIRECTORY=${directory}\n`);
      }
      const { stdout: after } = await python(
        'import sys; from xmlrpc.client import ServerProxy; print(ServerProxy(sys.argv[1]).currentSnapshotCode())',
        [addressOf(name)],
      );
      expect(after).not.toContain('user/');
    });
  });

  test('has the storage at /RPC2 too where it has one only', async () => {
    const { toml } = await serveSite();
    const alone = await startServer(await writeConfig(await temporaryDirectory(), toml));
    const script =
      'import sys; from xmlrpc.client import ServerProxy; print(ServerProxy(sys.argv[1]).isDirectorystorage())';
    const at = alone.url.replace('://', `://reader:${encodeURIComponent(passwordOf('reader'))}@`);
    expect(await pythonOutput(script, [`${at}/RPC2`])).toBe('0\n');
    expect((await python(script, [`${addressOf('RPC2')}`])).status).not.toBe(0);
  });
});
