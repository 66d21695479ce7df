import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { holdfast, type RunOptions } from './support/cli.js';
import { firstTable, page, section } from './support/markdown.js';

let site: string;

beforeEach(async () => {
  site = await temporaryDirectory();
  await mkdir(join(site, 'var/filestorage'), { recursive: true });
});

const init = (args: readonly string[], options: RunOptions = {}) =>
  holdfast(['init', ...args], { cwd: site, ...options });

const written = async () => (await readdir(site)).filter((name) => name !== 'var');

describe('holdfast init', () => {
  test('shows the file, explains it and asks; only yes writes it', async () => {
    const no = await init([], { input: 'perhaps\nno\n' });
    expect(no).toMatchObject({ status: 0 });
    expect(no.stdout).toContain(`There is no Data.fs in ${site} yet`);
    expect(no.stdout).toContain('    datafs = "var/filestorage/Data.fs"\n');
    expect(no.stdout).toContain(`${site}/holdfast.toml will be written.\nNothing was written.\n`);
    expect(no.stderr).toContain('Write this (yes/No)? ');
    expect(await written()).toEqual([]);

    const yes = await init([], { input: 'YES\n' });
    expect(yes.stdout).toContain('Wrote 1 file.\n');
    const text = await readFile(join(site, 'holdfast.toml'), 'utf8');
    expect(text).toContain('\ndatafs = "var/filestorage/Data.fs"\n');
  });

  test.each([['--yes'], ['-n'], ['--no-prompt']])('%s does not ask', async (flag) => {
    const { status, stderr } = await init([flag, '-q']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(await written()).toEqual(['holdfast.toml']);
  });

  test('--dry-run writes nothing and does not ask', async () => {
    const { status, stdout, stderr } = await init(['--dry-run', '--scripts', 'bin']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`${site}/bin/snapshotbackup will be written.`);
    expect(await written()).toEqual([]);
  });

  test('with -q the question says what will be done', async () => {
    const { stdout, stderr } = await init(['-q'], { input: 'no\n' });
    expect(stdout).toBe('');
    expect(stderr).toBe(`${site}/holdfast.toml will be written.\nWrite this (yes/No)? `);
  });

  test('refuses to replace a configuration; --force keeps the old one', async () => {
    await writeFile(join(site, 'holdfast.toml'), '# mine\n');
    const refused = await init(['--yes']);
    expect(refused.status).toBe(6);
    expect(refused.stderr).toContain(`${site}/holdfast.toml is there already`);
    expect((await init(['--yes', '--force'])).status).toBe(0);
    expect(await readFile(join(site, 'holdfast.toml.old'), 'utf8')).toBe('# mine\n');
  });

  test('a wrong source is one clear error', async () => {
    await writeFile(join(site, 'zope.conf'), '<zodb_db main>\n');
    const { status, stderr } = await init(['zope.conf', '--yes']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^holdfast: .*zope\.conf, line 1: <zodb_db> is not ended\n/);
  });

  test('all that is wrong with a configuration is told, a line each', async () => {
    await writeFile(join(site, 'holdfast.toml'), 'keep = -1\nlokation = "x"\n');
    const { status, stderr } = await init(['--scripts', 'bin', '--yes']);
    expect(status).toBe(2);
    const lines = stderr.split('\n').map((line) => line.trim());
    expect(lines.slice(0, 3)).toEqual([
      `holdfast: ${site}/holdfast.toml: 2 problems`,
      'line 1: keep: must be a whole number from 0 to 1000000, not -1',
      'line 2: lokation: is no option; did you mean location?',
    ]);
  });

  test('--json has the documented fields', async () => {
    const { stdout } = await init(['--json', '--yes', '--scripts', 'bin']);
    const { format, command, ok, ...value } = JSON.parse(stdout) as Record<string, unknown>;
    expect({ format, command, ok }).toEqual({ format: 'holdfast/1', command: 'init', ok: true });
    const fields = (heading: string) => firstTable(section(page('json.md'), heading)).map(([name]) => name);
    expect(Object.keys(value)).toEqual(fields('init'));
    expect(Object.keys((value.files as readonly object[])[0]!)).toEqual(fields('file'));
    expect(value).toMatchObject({ written: true, dryRun: false, site });
    expect(await readdir(join(site, 'bin'))).toContain('backup');
  });
});
