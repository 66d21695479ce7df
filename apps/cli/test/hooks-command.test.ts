import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { holdfast, makeBlobSite, type Site } from './support/cli.js';

/** Each command writes a line: who it is, and what it was told. */
const TELLING = ['pre_command', 'post_command', 'pre_restore_command', 'post_restore_command']
  .map((name) => `${name} = "echo ${name} $HOLDFAST_COMMAND $HOLDFAST_KIND $HOLDFAST_SET >> log"\n`)
  .join('');

const log = async (site: Site) => (await readFile(join(site.path, 'log'), 'utf8')).trimEnd().split('\n');
const configure = (site: Site, toml: string) => writeFile(join(site.path, 'holdfast.toml'), toml);

describe('commands before and after', () => {
  test('run in the site, in their order, and are told what is done', async () => {
    const site = await makeBlobSite(TELLING);
    const backup = JSON.parse((await site.run('backup', '--json')).stdout);
    await site.run('snapshotbackup', '-q');
    const { sets } = JSON.parse((await site.run('list', '--json')).stdout);
    await site.run('restore', '-nq');
    expect(await log(site)).toEqual([
      'pre_command backup backup',
      `post_command backup backup ${backup.set}`,
      'pre_command snapshotbackup snapshot',
      `post_command snapshotbackup snapshot ${sets[1].id}`,
      `pre_restore_command restore backup ${backup.set}`,
      `post_restore_command restore backup ${backup.set}`,
    ]);
  });

  test('print to standard output, with --json to standard error', async () => {
    const site = await makeBlobSite('pre_command = "echo said"\n');
    expect((await site.run('backup')).stdout).toMatch(/^said\n/);
    const { stdout, stderr } = await site.run('backup', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
    expect(stderr).toBe('said\n');
  });

  test('a pre_command that fails keeps the backup away', async () => {
    const site = await makeBlobSite('pre_command = "exit 7"\npost_command = "touch after"\n');
    const { status, stdout, stderr } = await site.run('backup');
    expect({ status, stdout }).toEqual({ status: EXIT.failure, stdout: '' });
    expect(stderr).toContain('the pre_command (exit) ended with status 7\n');
    expect(await readdir(join(site.path, 'var'))).not.toContain('backups');
    expect(await readdir(site.path)).not.toContain('after');
  });

  test('a post_command that fails fails the command; the backup is complete', async () => {
    const site = await makeBlobSite('post_command = "false"\n');
    expect((await site.run('backup')).status).toBe(EXIT.failure);
    expect((await site.run('verify', '--deep')).status).toBe(EXIT.ok);
  });

  test('a pre_restore_command that fails keeps the restore away', async () => {
    const site = await makeBlobSite();
    await site.run('backup', '-q');
    await configure(site, 'pre_restore_command = "false"\n');
    await writeFile(site.datafs, 'mine');
    expect((await site.run('restore', '-n')).status).toBe(EXIT.failure);
    expect(await readFile(site.datafs, 'utf8')).toBe('mine');
  });

  test('are not run by a dry run, by a restore that was declined, nor by one beside the site', async () => {
    const site = await makeBlobSite(TELLING);
    await site.run('backup', '--dry-run');
    await expect(log(site)).rejects.toThrow('ENOENT');
    await site.run('backup', '-q');
    await holdfast(['restore'], { cwd: site.path, input: 'no\n' });
    expect((await site.run('restore', '--to', 'beside')).status).toBe(EXIT.ok);
    expect(await log(site)).toHaveLength(2);
  });

  test('that last too long are ended', async () => {
    const site = await makeBlobSite('pre_command = "sleep 60"\ncommand_timeout = 1\n');
    const { status, stderr } = await site.run('backup');
    expect(status).toBe(EXIT.failure);
    expect(stderr).toContain('the pre_command (sleep) did not end within 1 s\n');
  });
});
