import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificate, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { BIN, startServer, writeConfig } from './support/server.js';

interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], input = '', bin = BIN): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [bin, ...args], (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

describe('holdfast-toolkit', () => {
  test('without a configuration says which argument is missing', async () => {
    const { status, stderr } = await run([]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('--config FILE') });
    expect((await run(['serve'])).status).toBe(2);
    const help = await run(['--help']);
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining('passwd') });
  });

  test('runs through a link, as /usr/bin/holdfast-toolkit is one, and tells its version', async () => {
    const link = join(await temporaryDirectory(), 'holdfast-toolkit');
    await symlink(BIN, link);
    expect(await run(['--version'], '', link)).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  test('that cannot start says why in words, without the stack of an error that it knows', async () => {
    const directory = await temporaryDirectory();
    const file = await writeConfig(directory, STORAGE);
    await rm(join(directory, 'access'));
    const { status, stdout, stderr } = await run(['-c', file]);
    expect(status).toBe(2);
    expect(stdout).toContain('"msg":"the server ends"');
    expect(stdout).toContain('"code":"toolkit.access"');
    expect(stdout).not.toContain('"stack"');
    expect(stderr).toContain('no such file or directory');
  });
});

test('tells once where it listens, and warns of a certificate that ends soon', async () => {
  const directory = await temporaryDirectory();
  await makeCertificate(directory, 'one', 3);
  const tls = `${STORAGE}[tls]\ncertificate = "one.pem"\nkey = "one.key"\n`;
  const { log, end } = await startServer(await writeConfig(directory, tls));
  expect(await end()).toBe(0);
  expect(log.filter(({ msg }) => /listening/i.test(msg))).toMatchObject([{ msg: 'listening' }]);
  expect(log.find(({ msg }) => msg === 'look at the certificate')).toMatchObject({ level: 'warn' });
});

const STORAGE = '[storages.main]\nkind = "filestorage"\ndatafs = "Data.fs"\n';

describe('holdfast-toolkit check', () => {
  test.each<[string, (directory: string) => Promise<unknown>, string]>([
    ['no access file', (at) => rm(join(at, 'access')), 'access: no such file or directory'],
    ['an access file for others', (at) => chmod(join(at, 'access'), 0o644), '(mode 0644)'],
    [
      'a hash of another kind',
      (at) => writeFile(join(at, 'access'), 'anna:{SSHA}abc\n'),
      'line 1: its password is hashed in another way',
    ],
    ['an access file of nobody', (at) => writeFile(join(at, 'access'), '# nobody\n'), 'it names no user'],
    ['an access file that is none', replaceByDirectory('access'), 'not a regular file'],
    ['a state directory for others', (at) => mkdir(join(at, 'state'), { mode: 0o755 }), 'chmod 700'],
    ['a state that is a file', (at) => writeFile(join(at, 'state'), ''), 'is no directory'],
  ])('refuses %s, as the start does', async (_, spoil, message) => {
    const directory = await temporaryDirectory();
    const file = await writeConfig(directory, STORAGE);
    await spoil(directory);
    const { status, stdout, stderr } = await run(['check', '-c', file]);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
    expect((await run(['-c', file])).status).toBe(2);
  });

  test('refuses a state directory that cannot be made, and tells it with all else that is wrong', async () => {
    const directory = await temporaryDirectory();
    const file = await writeConfig(directory, `${STORAGE}[tls]\ncertificate = "one.pem"\nkey = "one.key"\n`);
    const text = await readFile(file, 'utf8');
    await writeFile(join(directory, 'file'), '');
    await writeFile(file, text.replace('state = "state"', 'state = "file/state"'));
    await rm(join(directory, 'access'));
    const { status, stderr } = await run(['check', '-c', file]);
    expect(status).toBe(2);
    expect(stderr).toContain(': 3 problems');
    expect(stderr).toContain('file/state is not there and cannot be made');
    expect(stderr).toContain('holdfast-toolkit passwd FILE USER');
    expect(stderr).toContain('Give [tls] a `certificate`');
  });

  test('warns of passwords in clear text and of a certificate that ends soon', async () => {
    const directory = await temporaryDirectory();
    const listen = 'listen = "0.0.0.0:8042"\n';
    const consent = 'allow_passwords_without_tls = "I know that passwords cross the network in clear text"\n';
    const clear = await run(['check', '-c', await writeConfig(directory, STORAGE, listen + consent)]);
    expect(clear).toMatchObject({ status: 0, stdout: expect.stringContaining('cross the network in clear') });
    await makeCertificate(directory, 'one', 3);
    const tls = `${STORAGE}[tls]\ncertificate = "one.pem"\nkey = "one.key"\n`;
    const { stdout } = await run(['check', '-c', await writeConfig(directory, tls, listen)]);
    expect(stdout).not.toContain('clear text');
    expect(stdout).toMatch(/^warning: the certificate is valid to .* only$/m);
  });

  test('check says what would be served, makes nothing, and tells every problem', async () => {
    const directory = await temporaryDirectory();
    const file = await writeConfig(directory, '[storages.main]\nkind = "filestorage"\ndatafs = "Data.fs"\n');
    const { status, stdout } = await run(['check', '--config', file]);
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `${file} is sound.`,
      'listens on http://127.0.0.1:0',
      `keeps its state in ${directory}/state`,
      `lets in the users of ${directory}/access`,
      `/main: ${directory}/Data.fs; a snapshot lives 900 s; not backed up by this server`,
      `warning: main: there is nothing at ${directory}/Data.fs`,
      '',
    ]);
    await expect(stat(join(directory, 'state'))).rejects.toThrow();
    await writeConfig(directory, '[storages.api]\nkind = "filestorage"\nlive = "1m"\n');
    const wrong = await run(['check', '-c', file]);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('[storages.api] live: is no key; did you mean life?');
  });
});

test('check tells of each place that is not what it is said to be', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'dir'));
  await mkdir(join(directory, 'pages'));
  await writeFile(join(directory, 'text'), 'a text');
  await writeFile(join(directory, 'empty'), '');
  const file = (name: string) => `[storages.${name}]\nkind = "filestorage"\ndatafs = "${name}"\n`;
  const pages = '[storages.pages]\nkind = "directorystorage"\ndirectory = "pages"\n';
  const toml = await writeConfig(directory, `${file('dir')}${file('text')}${file('empty')}${pages}`);
  const { status, stdout } = await run(['check', '-c', toml]);
  expect(status).toBe(0);
  expect(stdout.split('\n').filter((line) => line.startsWith('warning'))).toEqual([
    `warning: dir: ${directory}/dir is no file, so no Data.fs`,
    `warning: text: ${directory}/text is no Data.fs`,
    `warning: empty: ${directory}/empty is empty: it holds no storage yet`,
    expect.stringContaining(`warning: pages: ${directory}/pages is not a DirectoryStorage: A is missing`),
  ]);
});

function replaceByDirectory(name: string) {
  return async (directory: string) => {
    await rm(join(directory, name));
    await mkdir(join(directory, name));
  };
}

describe('holdfast-toolkit passwd', () => {
  test('takes a password from standard input, never from the command line', async () => {
    const file = join(await temporaryDirectory(), 'access');
    expect(await run(['passwd', file, 'anna', '--roles', 'read,backup'], 'first secret\nrest\n')).toEqual({
      status: 0,
      stdout: `anna is added in ${file}\n`,
      stderr: '',
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const before = await readFile(file, 'utf8');
    expect(before).toMatch(/^anna:\$scrypt\$/);
    expect(before).not.toContain('first secret');
    expect((await run(['passwd', file, 'anna'], 'other\n')).stdout).toBe(`anna is changed in ${file}\n`);
    expect(await readFile(file, 'utf8')).not.toBe(before);
    expect((await run(['passwd', file, 'anna', 'argument'], 'x')).status).toBe(2);
  });

  test.each([
    [['--roles', 'root'], 'x\n', 'there is no role "root"; there are read, snapshot, backup, admin'],
    [['--roles', 'read', '--delete'], 'x\n', 'exclude each other'],
    [[], '', 'there is no password on standard input'],
    [[], '\n', 'there is no password on standard input'],
    [[], 'x'.repeat(5000), 'longer than 4096 bytes'],
  ])('refuses %j', async (options, input, message) => {
    const file = join(await temporaryDirectory(), 'access');
    const { status, stderr } = await run(['passwd', file, 'anna', ...options], input);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) });
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).not.toContain('--help');
    await expect(stat(file)).rejects.toThrow();
  });

  test('names the users where the one to remove is none of them', async () => {
    const file = join(await temporaryDirectory(), 'access');
    await run(['passwd', file, 'anna'], 'x\n');
    await run(['passwd', file, 'otto'], 'y\n');
    const { status, stderr } = await run(['passwd', file, 'nobody', '--delete']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('it has anna, otto.') });
    expect(stderr).toContain('has no user nobody');
  });

  test('removes a user', async () => {
    const file = join(await temporaryDirectory(), 'access');
    await run(['passwd', file, 'anna'], 'x\n');
    await run(['passwd', file, 'otto'], 'y\n');
    expect((await run(['passwd', file, 'anna', '--delete'])).status).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(/^otto:/);
    expect((await run(['passwd', file, 'otto', '--delete'])).status).toBe(2);
  });

  test('asks twice on a terminal, and shows nothing of it', async () => {
    const file = join(await temporaryDirectory(), 'access');
    const command = `'${process.execPath}' '${BIN}' passwd '${file}' anna`;
    const typed = async (...answers: readonly string[]) => {
      const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
      let shown = '';
      let answered = 0;
      child.stdout.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
        if ((shown.match(/(Password of anna|Again): /g)?.length ?? 0) > answered)
          child.stdin.write(answers[answered++]!);
      });
      const status = await new Promise((resolve) => child.on('close', resolve));
      child.stdin.end();
      return { status, shown };
    };
    const good = await typed('sx\u007fecret\r', 'secret\r');
    expect(good).toEqual({ status: 0, shown: expect.stringContaining('anna is added') });
    expect(good.shown).not.toContain('ecret');
    expect(await typed('one\r', 'two\r')).toEqual({ status: 2, shown: expect.stringContaining('differ') });
    expect((await typed('\u0003')).status).toBe(8);
  });
});
