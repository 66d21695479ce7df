import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/read.js';
import { CLEAR_TEXT_CONSENT, type ServerConfig } from '../src/config/server-config.js';

const BASE = 'state = "state"\naccess = "access"\n';
const STORAGE = '[storages.main]\nkind = "filestorage"\ndatafs = "Data.fs"\n';

async function read(text: string, directory?: string): Promise<ServerConfig> {
  const at = directory ?? (await temporaryDirectory());
  await writeFile(join(at, 'toolkit.toml'), text, { mode: 0o600 });
  return await readConfig(nodeFileSystem, { file: 'toolkit.toml', cwd: at, env: { SITE: '/srv/site' } });
}

/** Each problem as it is told; of one, its message. */
async function problemsOf(text: string, directory?: string): Promise<readonly string[]> {
  try {
    await read(text, directory);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error.code).toBe('toolkit.configuration');
    return error.details.problems as readonly string[];
  }
  throw new Error('it was accepted');
}

describe('a toolkit.toml', () => {
  test('with the least it needs listens on the loopback, and has paths relative to itself', async () => {
    const directory = await temporaryDirectory();
    const config = await read(BASE + STORAGE, directory);
    expect(config).toEqual({
      file: join(directory, 'toolkit.toml'),
      listen: { kind: 'tcp', host: '127.0.0.1', port: 8042 },
      state: join(directory, 'state'),
      access: join(directory, 'access'),
      title: 'Holdfast',
      tls: undefined,
      trustProxy: [],
      log: 'info',
      thresholds: { ageAttentionSeconds: 93_600, ageDangerSeconds: 180_000, checkSeconds: 691_200 },
      storages: [
        {
          name: 'main',
          source: { kind: 'filestorage', dataFs: join(directory, 'Data.fs') },
          lifeSeconds: 900,
          backups: undefined,
        },
      ],
    });
  });

  test('can say everything', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'zope-access'), 'backup:secret\n', { mode: 0o600 });
    await mkdir(join(directory, 'site/var/filestorage'), { recursive: true });
    await writeFile(join(directory, 'site/holdfast.toml'), 'keep = 3\n[storages.catalog]\n');
    const config = await read(
      `listen = "unix:run/toolkit.sock"
socket_mode = "0600"
state = "$SITE/state"
access = "access"
title = "The library"
life = "90s"
log = "debug"
trust_proxy = ["10.0.0.0/8", "::1", "unix"]
[thresholds]
backup_attention = "2h"
check_attention = "31d"
[storages.main]
kind = "filestorage"
site = "site/holdfast.toml"
[storages.catalog]
kind = "filestorage"
site = "site/holdfast.toml"
storage = "catalog"
life = "2h"
[storages.pages]
kind = "directorystorage"
directory = "pages"
archives = "nightly"
[storages.zope]
kind = "zope"
directory = "zope"
url = "http://127.0.0.1:8080/toolkit"
access = "zope-access"
`,
      directory,
    );
    expect(config).toMatchObject({
      listen: { kind: 'unix', path: join(directory, 'run/toolkit.sock'), mode: 0o600 },
      state: '/srv/site/state',
      title: 'The library',
      log: 'debug',
      thresholds: { ageAttentionSeconds: 7200, ageDangerSeconds: 180_000, checkSeconds: 2_678_400 },
      trustProxy: ['10.0.0.0/8', '::1', 'unix'],
    });
    const configFile = join(directory, 'site/holdfast.toml');
    const dataFs = (name: string) => join(directory, 'site/var/filestorage', name);
    expect(
      config.storages.map(({ name, source, lifeSeconds, backups }) => ({
        name,
        source,
        lifeSeconds,
        backups,
      })),
    ).toEqual([
      {
        name: 'main',
        source: { kind: 'filestorage', dataFs: dataFs('Data.fs') },
        lifeSeconds: 90,
        backups: { kind: 'site', configFile, storage: 'main' },
      },
      {
        name: 'catalog',
        source: { kind: 'filestorage', dataFs: dataFs('catalog.fs') },
        lifeSeconds: 7200,
        backups: { kind: 'site', configFile, storage: 'catalog' },
      },
      {
        name: 'pages',
        source: { kind: 'directorystorage', directory: join(directory, 'pages') },
        lifeSeconds: 90,
        backups: { kind: 'archives', directory: join(directory, 'pages'), prefix: 'nightly' },
      },
      {
        name: 'zope',
        source: {
          kind: 'zope',
          directory: join(directory, 'zope'),
          url: 'http://127.0.0.1:8080/toolkit',
          access: { user: 'backup', password: expect.anything() },
        },
        lifeSeconds: 90,
        backups: undefined,
      },
    ]);
    expect(JSON.stringify(config)).not.toContain('secret:');
    expect(JSON.stringify(config)).toContain('[secret]');
  });

  test('tells all that is wrong at once, with lines, and what was meant', async () => {
    expect(
      await problemsOf(`state = "state"
access = "access"
lissten = "127.0.0.1:1"
life = "15 minutes"
trust_proxy = ["proxy.example"]

[storages.main]
kind = "filestorage"
datafs = "Data.fs"
directory = "elsewhere"
`),
    ).toEqual(['line 3: lissten: is no key; did you mean listen?']);
    expect(
      await problemsOf(`state = "state"
access = "access"
life = "15 minutes"
trust_proxy = ["proxy.example"]

[storages.api]
kind = "filestorage"
datafs = "Data.fs"
directory = "elsewhere"
[storages.zope]
kind = "zope"
directory = "zope"
`),
    ).toEqual([
      'line 3: life: must be a time from "1s" to "24h", such as "15m", not "15 minutes"',
      'line 4: trust_proxy: "proxy.example" is no address or network: "127.0.0.1", "10.0.0.0/8", or "unix" for the unix socket',
      'line 6: [storages.api]: api is an address of the server: take another name',
      'line 9: [storages.api] directory: means nothing for a storage of the kind filestorage',
      'line 10: [storages.zope]: url is missing',
      'line 10: [storages.zope]: access is missing',
    ]);
  });

  test.each([
    ['', ['state: is missing', 'access: is missing', 'storages: is missing']],
    [`${BASE}[storages]\n`, ['line 3: storages: has no storage: add a table [storages.NAME]']],
    [`${BASE}storages = 3\n`, ['line 3: storages: must be tables [storages.NAME]']],
    [
      `${BASE}[storages.a]\nkind = "mysql"\n`,
      ['line 4: [storages.a] kind: must be "filestorage" or "directorystorage" or "zope"'],
    ],
    [`${BASE}[storages.a]\n`, ['line 3: [storages.a] kind: is missing']],
    [
      `state = 3\naccess = ""\n${STORAGE}`,
      [
        'line 1: state: must be a text in quotes',
        'line 2: access: is empty: give a value, or leave the key out',
      ],
    ],
    [
      `${BASE}[storages."a/b"]\nkind = "filestorage"\ndatafs = "x"\n`,
      [expect.stringContaining('the name must be 1 to 64')],
    ],
    [`${BASE}tls = "yes"\n${STORAGE}`, ['line 3: tls: must be a table']],
    [
      `${BASE}${STORAGE}[tls]\ncert = "x"\n`,
      expect.arrayContaining(['line 7: [tls] cert: is no key here; there are certificate, key']),
    ],
    [
      `${BASE}socket_mode = "rw"\n${STORAGE}`,
      ['line 3: socket_mode: must be permission bits in octal, such as "0660", not "rw"'],
    ],
    [`${BASE}${STORAGE}[storages.main]\n`, [expect.stringMatching(/^line 6, column \d+: /)]],
    [
      `${BASE}${STORAGE}[thresholds]\nbackup_danger = "1h"\ncheck_attention = "soon"\n`,
      [
        'line 6: thresholds: backup_danger must not come before backup_attention',
        'line 8: [thresholds] check_attention: must be a time from "1s" to "1000d", such as "26h", not "soon"',
      ],
    ],
    ['state = "\n', [expect.stringMatching(/^line 1, column \d+: /)]],
    [
      `${BASE}${STORAGE}[tls]\ncertificate = "$NOPE/a"\nkey = "$NOPE/b"\n`,
      [
        'line 7: [tls] certificate: $NOPE/a: the variable NOPE is not set',
        'line 8: [tls] key: $NOPE/b: the variable NOPE is not set',
      ],
    ],
    [
      `${BASE}[storages.a]\nkind = "filestorage"\nsite = "$NOPE/holdfast.toml"\n[storages.b]\nkind = "filestorage"\ndatafs = "$NOPE/Data.fs"\n`,
      [
        'line 5: [storages.a] site: $NOPE/holdfast.toml: the variable NOPE is not set',
        'line 8: [storages.b] datafs: $NOPE/Data.fs: the variable NOPE is not set',
      ],
    ],
    [
      `${BASE}[storages.c]\nkind = "zope"\ndirectory = "$NOPE/ds"\narchives = "x"\nurl = "http://127.0.0.1/x"\naccess = "$NOPE/a"\n`,
      [
        'line 5: [storages.c] directory: $NOPE/ds: the variable NOPE is not set',
        'line 8: [storages.c] access: $NOPE/a: the variable NOPE is not set',
      ],
    ],
  ])('%j is refused', async (text, problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  test('speaks of a line only where it names one', async () => {
    await expect(read(`${BASE}life = "soon"\n${STORAGE}`)).rejects.toMatchObject({
      hint: expect.stringContaining('the line'),
    });
    await expect(read('')).rejects.toMatchObject({ hint: expect.not.stringContaining('line') });
  });

  test.each([
    '127.0.0.1',
    '8042',
    ':8042',
    'host:70000',
    '[127.0.0.1]:1',
    'unix:',
    '::1:8042',
    `unix:/${'x'.repeat(108)}`,
  ])('cannot listen on %s', async (listen) => {
    expect(await problemsOf(`listen = "${listen}"\n${BASE}${STORAGE}`)).toEqual([
      expect.stringMatching(/^line 1: listen: /),
    ]);
  });

  test.each([
    ['127.0.0.1:1', '127.0.0.1', 1],
    ['127.9.9.9:1', '127.9.9.9', 1],
    ['[::1]:8042', '::1', 8042],
    ['localhost:0', '127.0.0.1', 0],
  ])('listens on %s without more', async (listen, host, port) => {
    expect((await read(`listen = "${listen}"\n${BASE}${STORAGE}`)).listen).toEqual({
      kind: 'tcp',
      host,
      port,
    });
  });

  test.each([
    '0.0.0.0:8042',
    '[::]:8042',
    '[::2]:8042',
    '[::ffff:10.0.0.1]:1',
    '192.168.1.2:8042',
    'host.example:80',
    '1:8042',
    '01:8042',
  ])('listens on %s with TLS, or when told so in words, only', async (listen) => {
    const text = `listen = "${listen}"\n${BASE}`;
    await expect(read(text + STORAGE)).rejects.toMatchObject({ code: 'toolkit.insecure' });
    const consent = `allow_passwords_without_tls = "${CLEAR_TEXT_CONSENT}"\n`;
    expect((await read(text + consent + STORAGE)).listen.kind).toBe('tcp');
    expect(await problemsOf(`${text}allow_passwords_without_tls = "yes"\n${STORAGE}`)).toEqual([
      expect.stringContaining('must be the words'),
    ]);
    expect((await read(`${text}${STORAGE}[tls]\ncertificate = "a"\nkey = "b"\n`)).tls).toBeDefined();
  });

  test('names each storage once, also by way of a link', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'pages'));
    await symlink('pages', join(directory, 'link'));
    const table = (name: string, at: string) =>
      `[storages.${name}]\nkind = "directorystorage"\ndirectory = "${at}"\n`;
    const text = `${BASE}${STORAGE}${table('one', 'pages')}${table('two', 'link')}${STORAGE.replace('main', 'again')}`;
    expect(await problemsOf(text, directory)).toEqual([
      `line 9: [storages.two]: ${directory}/link is the storage of [storages.one] already: take one of them out`,
      `line 12: [storages.again]: ${directory}/Data.fs is the storage of [storages.main] already: take one of them out`,
    ]);
  });

  test('is refused where others can write it, where it is missing, and where it is no text', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'toolkit.toml');
    const open = () => readConfig(nodeFileSystem, { file, cwd: '/', env: {} });
    await expect(open()).rejects.toMatchObject({
      code: 'toolkit.configuration',
      path: file,
      hint: expect.stringContaining('Write it'),
    });
    const directoryItself = readConfig(nodeFileSystem, { file: directory, cwd: '/', env: {} });
    await expect(directoryItself).rejects.toMatchObject({
      message: expect.stringContaining('not a regular file'),
      hint: expect.stringContaining('the path of a toolkit.toml'),
    });
    await writeFile(file, BASE + STORAGE);
    await chmod(file, 0o620);
    await expect(open()).rejects.toMatchObject({
      code: 'toolkit.configuration',
      hint: expect.stringContaining('chmod go-w'),
    });
    await chmod(file, 0o644);
    await writeFile(file, Buffer.from([0x61, 0xff]));
    await expect(open()).rejects.toThrow('is not UTF-8');
    await writeFile(file, 'x'.repeat(256 * 1024 + 1));
    await expect(open()).rejects.toThrow('larger');
  });

  test('names a site that is not there, a storage that it has not, and a Data.fs that it does not back up', async () => {
    const directory = await temporaryDirectory();
    const text = (more: string) =>
      `${BASE}[storages.main]\nkind = "filestorage"\nsite = "holdfast.toml"\n${more}`;
    expect(await problemsOf(text(''), directory)).toEqual([
      expect.stringMatching(
        /^line 5: \[storages.main\] site: there is no configuration.*run `holdfast init` in /,
      ),
    ]);
    await mkdir(join(directory, 'var/filestorage'), { recursive: true });
    await writeFile(join(directory, 'var/filestorage/Data.fs'), '');
    await writeFile(join(directory, 'holdfast.toml'), '');
    expect(await problemsOf(text('storage = "catalog"'), directory)).toEqual([
      'line 6: [storages.main] storage: the site has no storage catalog; it has main',
    ]);
    expect(await problemsOf(text('datafs = "other/Data.fs"'), directory)).toEqual([
      expect.stringContaining('[storages.main] datafs: the site backs up'),
    ]);
    await symlink('var', join(directory, 'also'));
    expect((await read(text('datafs = "also/filestorage/Data.fs"'), directory)).storages).toHaveLength(1);
  });

  test('keeps the password of Zope in a file of its own', async () => {
    const directory = await temporaryDirectory();
    const text = (url: string) =>
      `${BASE}[storages.zope]\nkind = "zope"\ndirectory = "zope"\nurl = "${url}"\naccess = "zope-access"\n`;
    await writeFile(join(directory, 'zope-access'), 'nobody\n', { mode: 0o600 });
    expect(await problemsOf(text('http://user:hidden@127.0.0.1/x'), directory)).toEqual([
      'line 6: [storages.zope] url: must hold no user or password: they stand in the file of `access`',
      expect.stringContaining('is not user:password'),
    ]);
    expect(await problemsOf(text('ftp://127.0.0.1/x'), directory)).toHaveLength(2);
  });
});
