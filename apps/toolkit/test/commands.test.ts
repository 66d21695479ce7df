import { execFile, spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { BIN, writeConfig } from './support/server.js';

interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], input = ''): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [BIN, ...args], (error, stdout, stderr) =>
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
    await expect(stat(file)).rejects.toThrow();
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
