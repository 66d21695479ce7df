import { access, chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EXIT } from '@holdfast/errors';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { cliOnServer, holdfast } from './support/cli-on-server.js';
import { makeJobSite, storageOf } from './support/job-site.js';
import { LIFE_SECONDS, makeDirectoryStorage } from './support/keeper.js';

async function appears(path: string): Promise<void> {
  for (;;) {
    try {
      return await access(path);
    } catch {
      await pause(20);
    }
  }
}

/** A server that is none of ours. */
async function strange(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  whenDone(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('holdfast --toolkit', () => {
  test('backs up, lists, shows, verifies and tells the status, as it does here', async () => {
    const site = await makeJobSite();
    const { run } = await cliOnServer([storageOf('main', site)]);
    const none = await run('list');
    expect([none.status, none.stdout]).toEqual([EXIT.repository, '']);
    expect(none.stderr).toContain(
      'run `holdfast backup` first, or correct the place in the configuration.\n',
    );
    expect(none.stderr).not.toContain('--repository');

    const backup = await run('backup');
    expect(backup).toMatchObject({ status: EXIT.ok, stderr: '' });
    expect(backup.stdout).toMatch(/^Made a full backup of Data.fs: .*\n(.*\n)+Set .* is complete: /);
    const [here, there] = [
      await holdfast(['list', '--json', '--config', site.configFile]).done,
      await run('list', '--json'),
    ];
    expect(JSON.parse(there.stdout)).toEqual(JSON.parse(here.stdout));
    expect((await run('list')).stdout).toBe(
      (await holdfast(['list', '--config', site.configFile]).done).stdout,
    );
    const { sets } = JSON.parse(there.stdout);
    const shown = JSON.parse((await run('show', '--json', sets[0].id)).stdout);
    const shownHere = await holdfast(['show', '--json', sets[0].id, '--config', site.configFile]).done;
    expect(shown.set).toEqual(JSON.parse(shownHere.stdout).set);
    expect((await run('show', sets[0].id)).stdout).toContain(`Set ${sets[0].id}, full, of `);

    const verify = await run('verify', '--deep', '--json');
    expect(JSON.parse(verify.stdout)).toMatchObject({ command: 'verify', ok: true, level: 'deep', sets: 1 });
    expect(JSON.parse((await run('backup', '--json', '--full')).stdout)).toMatchObject({
      command: 'backup',
      ok: true,
      kind: 'backup',
      made: true,
      storages: [{ filestorage: { kind: 'full', reason: 'asked' } }],
    });
    const status = JSON.parse((await run('status', '--json')).stdout);
    expect(status).toMatchObject({ command: 'status', ok: true, storages: [{ storage: 'main' }] });
    const plain = await run('status');
    expect(plain.stdout).toMatch(/^STORAGE +VERDICT/);
    const all = [none, backup, there, verify, plain].map(({ stdout, stderr }) => stdout + stderr).join();
    expect(all).not.toContain(site.path);
  });

  test('archives of a DirectoryStorage are made, checked and told as what they are', async () => {
    const directory = await makeDirectoryStorage();
    await mkdir(join(directory, 'backups'), { recursive: true });
    const { run } = await cliOnServer([
      {
        name: 'pages',
        source: { kind: 'directorystorage', directory },
        lifeSeconds: LIFE_SECONDS,
        backups: { kind: 'archives', directory, prefix: 'nightly' },
      },
    ]);
    expect((await run('backup')).status).toBe(EXIT.ok);
    const verify = await run('verify');
    expect([verify.status, verify.stdout, verify.stderr]).toEqual([
      EXIT.ok,
      expect.stringMatching(/^Sound: /),
      '',
    ]);
    const deep = await run('verify', '--deep');
    expect([deep.status, deep.stderr]).toEqual([EXIT.usage, expect.stringContaining('has no levels')]);

    const { sets } = JSON.parse((await run('list', '--json')).stdout);
    expect(sets).toMatchObject([{ origin: 'holdfast', storages: [{ filestorage: null, blobs: null }] }]);
    const { id } = sets[0];
    const list = await run('list');
    expect(list.stdout).toMatch(new RegExp(`^${id} +full .* [1-9][\\d.]* k?B`, 'm'));
    expect(list.stdout).toContain('1 set of archives of a DirectoryStorage, ');
    expect(list.stdout).toContain('on the server: holdfast ds restore --storage DIRECTORY');
    const show = await run('show', id);
    expect(show.stdout).toContain(`Set ${id}, full archive of the DirectoryStorage pages, of `);
    expect(show.stdout).toContain('  made by Holdfast\n');
    expect(show.stdout).toContain(`--output DIRECTORY ${id}.`);
    expect(list.stdout + show.stdout).not.toMatch(/repozo|blobs|filestorage|holdfast restore/);
    const status = JSON.parse((await run('status', '--json')).stdout).storages[0];
    expect(status.verdict.reasons.join(' ')).toMatch(/The storage itself was checked .* and is sound\./);
  });

  test('ends as the command here would: a failed check, a set that is not there', async () => {
    const site = await makeJobSite();
    const { run } = await cliOnServer([storageOf('main', site)]);
    await run('backup');
    expect((await run('show', '2001-01-01-00-00-00')).status).toBe(EXIT.usage);
    const backups = join(site.path, 'var/backups');
    const name = (await readdir(backups)).find((file) => file.endsWith('.fsz'))!;
    await writeFile(join(backups, name), 'damaged');
    const verify = await run('verify', '--json');
    expect(verify.status).toBe(EXIT.repository);
    expect(JSON.parse(verify.stdout)).toMatchObject({
      ok: false,
      error: { code: 'repository.verify-failed', details: { level: 'stored' } },
    });
    expect(verify.stderr).toContain(`holdfast: warning: ${name} has 7 bytes`);
  });

  test('Ctrl-C cancels the job', async () => {
    const site = await makeJobSite('pre_command = "touch begun; sleep 30"\n');
    const { begin, run } = await cliOnServer([storageOf('main', site)]);
    const backup = begin('backup');
    await appears(join(site.path, 'begun'));
    const other = await run('verify');
    expect([other.status, other.stderr]).toEqual([EXIT.busy, expect.stringContaining('is still running')]);
    backup.kill('SIGINT');
    expect((await backup.done).status).toBe(EXIT.cancelled);
    expect(await readdir(join(site.path, 'var'))).not.toContain('backups');
    await site.configure('');
    expect((await run('backup')).status).toBe(EXIT.ok);
  });

  test('a server that ends while the job runs', async () => {
    const site = await makeJobSite('pre_command = "touch begun; sleep 30"\n');
    const { begin, close } = await cliOnServer([storageOf('main', site)]);
    const backup = begin('backup', '--json');
    await appears(join(site.path, 'begun'));
    await close();
    const { status, stdout } = await backup.done;
    expect(status).toBe(EXIT.cancelled);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });

  test('of several storages one is named', async () => {
    const [one, two] = [await makeJobSite(), await makeJobSite()];
    const { run, url, access: file } = await cliOnServer([storageOf('one', one), storageOf('two', two)]);
    const unnamed = await run('backup');
    expect([unnamed.status, unnamed.stderr]).toEqual([EXIT.usage, expect.stringContaining('one, two')]);
    const named = ['--storage', 'two', 'backup', '-q'];
    expect((await run(...named)).status).toBe(EXIT.ok);
    expect(await readdir(join(two.path, 'var'))).toContain('backups');
    expect(await readdir(join(one.path, 'var'))).not.toContain('backups');
    expect((await run('--storage', 'three', 'list')).status).toBe(EXIT.usage);
    const asReader = ['--toolkit', `${url}/`, '--toolkit-access', file];
    expect((await holdfast([...asReader, '--storage', 'two', 'list']).done).status).toBe(EXIT.ok);
  });

  test('a site that the server cannot read keeps nobody from the others', async () => {
    const [one, two] = [await makeJobSite(), await makeJobSite()];
    const { run } = await cliOnServer([storageOf('one', one), storageOf('two', two)]);
    await rm(two.configFile);
    const status = await run('status');
    expect(status.status).not.toBe(EXIT.ok);
    expect(status.stdout).toMatch(/^one +/m);
    expect(status.stderr).toMatch(/^holdfast: warning: two: .*holdfast\.toml/m);
    const data = JSON.parse((await run('status', '--json')).stdout);
    expect(data).toMatchObject({ level: 'danger', storages: [{ storage: 'one' }] });
    const unnamed = await run('backup');
    expect([unnamed.status, unnamed.stderr]).toEqual([EXIT.usage, expect.stringContaining('one, two')]);
    expect((await run('--storage', 'one', 'backup', '-q')).status).toBe(EXIT.ok);
  });

  test('who may not is told so', async () => {
    const { url, reader } = await cliOnServer([storageOf('main', await makeJobSite())]);
    const denied = await holdfast(['--toolkit', url, '--toolkit-access', reader, 'backup']).done;
    expect([denied.status, denied.stderr]).toEqual([EXIT.usage, expect.stringContaining('holdfast: ')]);
    const nobody = await holdfast(['--toolkit', url, 'list']).done;
    expect([nobody.status, nobody.stderr]).toEqual([
      EXIT.usage,
      expect.stringContaining('Give --toolkit-access FILE'),
    ]);
    await chmod(reader, 0o666);
    const open = await holdfast(['--toolkit', url, '--toolkit-access', reader, 'list']).done;
    expect(open.stderr).toContain('every user can write it');
  });

  test.each([
    [['--toolkit', 'http://example.org', 'list'], EXIT.refused, 'in clear text'],
    [['--toolkit', 'https://ada:secret@example.org', 'list'], EXIT.usage, 'holds a user name or password'],
    [['--toolkit', 'ftp://example.org', 'list'], EXIT.usage, 'https: or http:'],
    [
      ['--toolkit', 'http://127.0.0.1:9', 'list'],
      EXIT.system,
      '127.0.0.1:9 did not answer: connection refused\n',
    ],
    [['--toolkit', 'http://localhost:9', 'restore'], EXIT.usage, 'works on this machine only'],
    [['--toolkit', 'http://localhost:9', 'backup', '--no-gzip'], EXIT.usage, '--no-gzip cannot be said'],
    [['--toolkit', 'http://localhost:9', 'list', '--repository', '/b'], EXIT.usage, '--repository cannot'],
    [['--storage', 'main', 'list'], EXIT.usage, 'go with --toolkit'],
  ])('%j is refused', async (args, status, text) => {
    const result = await holdfast(args).done;
    expect([result.status, result.stderr]).toEqual([status, expect.stringContaining(text)]);
    expect(result.stderr).not.toContain('secret@');
  });

  test('says where the server has kept only a part of what the job said', async () => {
    const job = {
      id: 'x',
      state: 'done',
      progress: null,
      error: null,
      lines: ['one'],
      warnings: [],
      data: {},
    };
    for (const cut of [true, false]) {
      const url = await strange((_, response) =>
        response.writeHead(200, JSON_TYPE).end(JSON.stringify({ ...job, cut })),
      );
      const { status, stdout, stderr } = await holdfast(['--toolkit', url, '--storage', 'a', 'backup']).done;
      expect([status, stdout, stderr.includes('more than the server keeps')]).toEqual([
        EXIT.ok,
        'one\n',
        cut,
      ]);
    }
  });

  test('follows nobody to another server, and believes no other', async () => {
    const seen: string[] = [];
    const other = await strange((request, response) => {
      seen.push(request.url ?? '');
      response.end('{}');
    });
    const redirecting = await strange((_, response) => response.writeHead(302, { location: other }).end());
    expect((await holdfast(['--toolkit', redirecting, 'list']).done).status).toBe(EXIT.system);
    expect(seen).toEqual([]);
    const missing = await strange((_, response) => response.writeHead(404).end('nothing'));
    const { status, stderr } = await holdfast(['--toolkit', missing, 'list']).done;
    expect([status, stderr]).toEqual([EXIT.system, expect.stringContaining('status 404')]);
  });

  test.each<readonly [type: string | undefined, text: string, words: string]>([
    ['text/html; charset=utf-8', '<html>', 'it answered with text/html\n'],
    [undefined, '{"storages":[]}', 'it answered with data of no type\n'],
    ['application/json', '<html>', 'it answered with what is no JSON\n'],
    ...['{}', 'null', '[]', '1', '{"storages":{}}', '{"storages":[null]}'].map(
      (text) => ['application/json', text, 'it answered with JSON of another kind\n'] as const,
    ),
  ])('%s %s is no answer of a toolkit server', async (type, text, words) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    const url = await strange((_, response) => response.writeHead(200, headers).end(text));
    for (const args of [['list'], ['status']]) {
      const { status, stderr } = await holdfast(['--toolkit', `${url}/some`, ...args]).done;
      expect([status, stderr]).toEqual([
        EXIT.system,
        expect.stringContaining(`holdfast: ${url}/some is no Holdfast toolkit server: ${words}`),
      ]);
      expect(stderr).toContain('Give --toolkit the URL that shows the page');
    }
  });

  test('of a storage that is named, neither sets nor a job are taken from a stranger', async () => {
    const url = await strange((_, response) => response.writeHead(200, JSON_TYPE).end('{}'));
    for (const args of [['list'], ['show', '1'], ['status'], ['verify'], ['backup']]) {
      const { status, stderr } = await holdfast(['--toolkit', url, '--storage', 'a', ...args]).done;
      expect([status, stderr]).toEqual([
        EXIT.system,
        expect.stringContaining('is no Holdfast toolkit server'),
      ]);
    }
  });

  test('a server that takes no more tries: the seconds to wait, and the status of what is busy', async () => {
    const body = { error: { code: 'toolkit.denied', message: 'too many tries that failed', hint: 'h' } };
    const busy = await strange((_, response) =>
      response.writeHead(429, { 'retry-after': '42' }).end(JSON.stringify(body)),
    );
    const { status, stdout, stderr } = await holdfast(['--toolkit', busy, 'list', '--json']).done;
    expect(status).toBe(EXIT.busy);
    expect(stderr).toContain('too many tries that failed');
    expect(stderr).toContain('Try again in 42 seconds');
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'toolkit.too-many', retryable: true, details: { seconds: 42 } },
    });
    const silent = await strange((_, response) => response.writeHead(429).end());
    expect((await holdfast(['--toolkit', silent, 'list']).done).status).toBe(EXIT.busy);
  });

  test('a server with http that is asked by https', async () => {
    const url = await strange((_, response) => response.end('{}'));
    const { status, stderr } = await holdfast(['--toolkit', url.replace('http:', 'https:'), 'list']).done;
    expect(status).toBe(EXIT.system);
    expect(stderr).toContain('it does not speak TLS\n');
    expect(stderr).toContain(`Then the URL is ${url}.`);
    expect(stderr).not.toContain('EPROTO');
  });

  test('an access file in a directory that everybody may write to is not used', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'access'), 'ada:x\n', { mode: 0o600 });
    await chmod(directory, 0o777);
    const args = ['--toolkit', 'http://127.0.0.1:9', '--toolkit-access', join(directory, 'access'), 'list'];
    expect((await holdfast(args).done).stderr).toContain('every user can write to its directory');
  });
});
