import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { KernelLock } from '@holdfast/lockfile';
import { describePeers, FixedClock, sampleFile, spawnPython, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { enterSnapshot, freezeFileStorage, withSnapshot } from '../../src/index.js';
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
        print('waits', flush=True)
        fcntl.flock(f, fcntl.LOCK_EX)
        print('has it', flush=True)
        time.sleep(0.4)
      `,
      [join(directory, 'misc/sublock')],
    );
    await other.line('waits');
    await new Promise((resolve) => setTimeout(resolve, 50));
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

describePeers('a server that is of no use leads on to the next method', () => {
  const cases: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, RegExp]>> = {
    'a fault': [{ behaviour: 'fault' }, /Unauthorized \[secret\] go away/],
    'a hang': [{ behaviour: 'hang' }, /no answer within 0.4 seconds/],
    'a wrong password': [{ password: 'another' }, /not accepted \(401/],
    'a redirect': [{ behaviour: 'redirect', location: 'http://127.0.0.1:1/' }, /redirects elsewhere \(302/],
    'another snapshot': [{ code: 'user/elsewhere-12' }, /in another snapshot: elsewhere-12/],
    'a pack': [{ code: 'packing' }, /it packs the storage/],
    'entities in the answer': [
      { behaviour: 'doctype', reply: '<!DOCTYPE x [<!ENTITY a "b">]><methodResponse/>' },
      /declares XML entities/,
    ],
    'an endless answer': [
      { behaviour: 'huge', reply: '<methodResponse>'.repeat(1000), times: 200 },
      /longer than/,
    ],
    'a page of HTML': [
      { behaviour: 'html', reply: '<html><body>Log in</body></html>' },
      /not one of XML-RPC/,
    ],
    'half an answer': [
      { behaviour: 'torn', reply: '<methodResponse><params><param>' },
      /broke off|lost|no answer/,
    ],
    'an answer with unknown tags': [
      { behaviour: 'html', reply: '<methodResponse><x/></methodResponse>' },
      /cannot be read/,
    ],
  };

  test.each(Object.entries(cases))('%s', async (_name, [options, reason]) => {
    const directory = await unpackFixture('clean-chunky');
    const [wrong, right] = await Promise.all([startZope('-', options), startZope(directory)]);
    await writeConf(directory, [`http ${wrong.url} access`, `http ${right.url} access`]);
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory, timeoutMs: 400 });
    expect(told.messages[0]).toBe(`Entered snapshot using ${right.url}`);
    expect(told.details[0]).toMatch(reason);
    expect(inspect(told)).not.toContain('geheim');
    await session.release();
    expect((await right.said()).at(-1)).toBe('left CODE');
  });

  test('a refused connection, an unknown host', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory);
    await writeConf(directory, [
      'http http://localhost:1/DSToolkit access',
      'http http://no-such-host.invalid/DSToolkit access',
      `http ${zope.url} access`,
    ]);
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory, timeoutMs: 5000 })).release();
    expect(told.details[0]).toContain('connection refused');
    expect(told.details[1]).toMatch(/no such host|no connection|no answer/);
  });

  test('a password that goes to nobody but the server that is named: the redirect is not followed', async () => {
    const directory = await unpackFixture('clean-chunky');
    const other = await startZope(directory);
    const redirecting = await startZope('-', { behaviour: 'redirect', location: other.url });
    await writeConf(directory, [`http ${redirecting.url} access`, 'nodirect']);
    await expect(enterSnapshot(makeEngine().engine, { directory })).rejects.toMatchObject({
      code: 'snapshot.not-locked',
    });
    expect(await other.said()).toEqual([]);
  });

  test('the password is in no error, log or detail', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory, { behaviour: 'fault' });
    await writeConf(directory, [
      `http ${zope.url} access`,
      'http http://u:geheim@127.0.0.1:1/ access',
      'nodirect',
    ]);
    const { engine, told } = makeEngine();
    const error = await enterSnapshot(engine, { directory }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'snapshot.not-locked' });
    expect(told.messages.join()).toContain('malformed line 2');
    const basic = Buffer.from('backup:geheim').toString('base64');
    for (const text of [inspect(error, { depth: 9 }), JSON.stringify(error), inspect(told)]) {
      expect(text).not.toContain('geheim');
      expect(text).not.toContain(basic);
    }
  });
});

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

describePeers('a Data.fs whose snapshot.conf names a server', () => {
  test('is frozen between its entering and its leaving', async () => {
    const dataFs = join(await temporaryDirectory(), 'Data.fs');
    await sampleFile(dataFs);
    const zope = await startZope('-');
    const conf = join(dirname(dataFs), 'snapshot.conf');
    await writeFile(conf, `nodirect\nhttp ${zope.url} access\n`);
    await writeFile(join(dirname(dataFs), 'access'), 'backup:geheim\n', { mode: 0o600 });
    const { engine, told } = makeEngine();
    const session = await freezeFileStorage(engine, { dataFs, conf });
    expect(await zope.said()).toEqual(['enter CODE', 'entered CODE']);
    await session.release();
    expect((await zope.said()).slice(-3)).toEqual(['current', 'leave CODE', 'left CODE']);
    expect(told.messages.at(-1)).toBe('Left snapshot mode');
    const second = await freezeFileStorage(makeEngine().engine, { dataFs, conf });
    await zope.tell('forget');
    await expect(second.release()).rejects.toMatchObject({ code: 'snapshot.lost' });
  });
});

describePeers('https', () => {
  async function certificate(name: string) {
    const directory = await temporaryDirectory();
    const [key, file] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await promisify(execFile)('openssl', [
      'req',
      '-x509',
      ...newKey,
      ...subject,
      '-keyout',
      key,
      '-out',
      file,
    ]);
    return { key, certificate: file };
  }

  test('a Data.fs whose server has such a certificate: the error tells how to trust it', async () => {
    const directory = await temporaryDirectory();
    await sampleFile(join(directory, 'Data.fs'));
    const zope = await startZope('-', await certificate('zope'));
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const conf = join(directory, 'config/snapshot.conf');
    const request = { dataFs: join(directory, 'Data.fs'), conf };
    await expect(freezeFileStorage(makeEngine().engine, request)).rejects.toMatchObject({
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS='),
    });
    expect(await zope.said()).toEqual([]);
  });

  test('a server without TLS is told apart', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory);
    const url = zope.url.replace('http:', 'https:');
    await writeConf(directory, [`http ${url} access`, 'nodirect']);
    const conf = { directory, timeoutMs: 5000 };
    const error = await enterSnapshot(makeEngine().engine, conf).catch((thrown) => thrown);
    expect(error.message).toContain('it does not speak TLS');
  });

  test('a certificate that nobody vouches for is not accepted, and nothing is sent', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory, await certificate('zope'));
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const error = await enterSnapshot(makeEngine().engine, { directory, timeoutMs: 5000 }).catch(
      (thrown) => thrown,
    );
    expect(error.message).toMatch(/certificate is not trusted: .*self-signed/);
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS=');
    expect(await zope.said()).toEqual([]);
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
