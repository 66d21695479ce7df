import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { siteWith } from './site.js';
import { init, plan, refusal } from './support/init-run.js';

describe('scripts', () => {
  const scripts = async (toml: string) => {
    const site = await siteWith({ 'holdfast.toml': toml });
    return (await plan(site, { scripts: 'bin' })).scripts.map(({ name }) => name);
  };

  test('the names of the recipe, as far as they are enabled', async () => {
    expect(await scripts('')).toEqual([
      'backup',
      'fullbackup',
      'snapshotbackup',
      'restore',
      'snapshotrestore',
    ]);
    expect(
      await scripts(
        'name = "plonebackup"\nblob_storage = "b"\nenable_zipbackup = true\nalternative_restore_source = "Data /a /b"',
      ),
    ).toEqual([
      'plonebackup',
      'plonebackup-full',
      'plonebackup-snapshot',
      'plonebackup-zip',
      'plonebackup-restore',
      'plonebackup-snapshotrestore',
      'plonebackup-ziprestore',
      'plonebackup-altrestore',
    ]);
    expect(await scripts('enable_fullbackup = false\nenable_snapshotrestore = false')).toEqual([
      'backup',
      'snapshotbackup',
      'restore',
    ]);
  });

  test('beside a configuration that is there: it stays', async () => {
    const site = await siteWith({ 'holdfast.toml': '# mine\n' });
    const { toml } = await init(site, { scripts: 'bin' });
    expect(toml).toBeUndefined();
    expect(await readFile(join(site, 'holdfast.toml'), 'utf8')).toBe('# mine\n');
    expect((await lstat(join(site, 'bin/backup'))).mode & 0o777).toBe(0o755);
  });

  test('run the command with the configuration, their options and their status', async () => {
    const site = await siteWith({ 'with blank/holdfast.toml': '', "with blank/it's/": '', 'path/': '' });
    const cwd = join(site, 'with blank');
    const fake = '#!/bin/sh\nprintf "%s|" "$0" "$@"\nexit 3\n';
    await init(cwd, { scripts: "it's", program: [join(site, 'own program'), 'main.js'] });
    for (const name of ['path/holdfast', 'own program']) {
      await writeFile(join(site, name), fake);
      await chmod(join(site, name), 0o755);
    }
    const run = async (PATH: string) => {
      const script = join(cwd, "it's/restore");
      const failed = await promisify(execFile)(script, ['2026-01-01', '-n', 'a b'], { env: { PATH } }).catch(
        (error: { readonly code: number; readonly stdout: string }) => error,
      );
      return 'code' in failed ? [failed.code, failed.stdout.replaceAll(site, 'SITE')] : [];
    };
    const handed = 'restore|--config|SITE/with blank/holdfast.toml|2026-01-01|-n|a b|';
    expect(await run(`${join(site, 'path')}:/bin`)).toEqual([3, `SITE/path/holdfast|${handed}`]);
    expect(await run('/nowhere')).toEqual([3, `SITE/own program|main.js|${handed}`]);
  });

  test('a script called holdfast does not call itself', async () => {
    const site = await siteWith({ 'holdfast.toml': 'name = "holdfast"' });
    const { scripts: made } = await plan(site, { scripts: 'bin' });
    expect(made[0]).toMatchObject({ name: 'holdfast' });
    expect(made[0]?.text).not.toContain('exec holdfast');
  });

  test('a script of somebody else is kept, once', async () => {
    const site = await siteWith({ 'holdfast.toml': '', 'bin/backup': '#!/usr/bin/python\n# of buildout\n' });
    const { writes } = await init(site, { scripts: 'bin' });
    expect(writes[0]).toMatchObject({ action: 'replace', keepAs: join(site, 'bin/backup.before-holdfast') });
    expect(await readFile(join(site, 'bin/backup.before-holdfast'), 'utf8')).toContain('of buildout');
    expect(await readFile(join(site, 'bin/backup'), 'utf8')).toContain('exec holdfast backup --config');

    await writeFile(join(site, 'bin/backup'), '#!/usr/bin/python\n# again\n');
    expect(await refusal(init(site, { scripts: 'bin' }))).toContain('bin/backup is not Holdfast');
    await init(site, { scripts: 'bin', force: true });
    expect(await readFile(join(site, 'bin/backup.before-holdfast.2'), 'utf8')).toContain('# again');
    expect(await readFile(join(site, 'bin/backup.before-holdfast'), 'utf8')).toContain('of buildout');
  });

  test('one that a killed run had kept already is replaced', async () => {
    const foreign = '#!/usr/bin/python\n# of buildout\n';
    const files = { 'holdfast.toml': '', 'bin/backup': foreign, 'bin/backup.before-holdfast': foreign };
    const site = await siteWith(files);
    await init(site, { scripts: 'bin' });
    expect(await readFile(join(site, 'bin/backup'), 'utf8')).toContain('exec holdfast backup');
    expect((await readdir(join(site, 'bin'))).filter((name) => name.startsWith('backup'))).toEqual([
      'backup',
      'backup.before-holdfast',
    ]);
  });

  test('our own are brought up to date without being kept', async () => {
    const site = await siteWith({ 'holdfast.toml': '' });
    await init(site, { scripts: 'bin' });
    await init(site, { scripts: 'bin', program: ['/other/holdfast'] });
    expect((await readdir(join(site, 'bin'))).filter((name) => name.includes('before'))).toEqual([]);
    expect(await readFile(join(site, 'bin/backup'), 'utf8')).toContain('exec /other/holdfast backup');
  });

  test('a directory in the place of a script is refused, nothing is changed', async () => {
    const site = await siteWith({ 'holdfast.toml': '' });
    await mkdir(join(site, 'bin/restore'), { recursive: true });
    expect(await refusal(init(site, { scripts: 'bin' }))).toContain('fs.not-a-regular-file');
    expect(await readdir(join(site, 'bin'))).toEqual(['restore']);
  });
});
