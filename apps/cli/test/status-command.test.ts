import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { appendTransactions, temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { tellStatuses } from '../src/commands/status.js';
import { makeOutput } from '../src/output.js';
import { copyOfSite, makeBlobSite, makeSite, type Site } from './support/cli.js';
import { memoryStream } from './support/memory-stream.js';

let made: Site;

beforeAll(async () => {
  made = await makeSite();
  await made.run('backup');
  await made.run('verify');
});

const backedUp = () => copyOfSite(made.path);

describe('holdfast status', () => {
  test('shows a row for each storage, and says in words how safe it is', async () => {
    const { status, stdout, stderr } = await (await backedUp()).run('status');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [head, row, , headline, ...reasons] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^STORAGE +VERDICT +NEWEST SET +AGE +CHECKED +NOT BACKED UP +DATA\.FS +SETS$/);
    expect(row).toMatch(/^main +safe +\d{4}(-\d\d){5} +\S.* UTC +0 B +\S+ kB +1$/);
    expect(headline).toMatch(/^main: A restore would give the state of .* UTC, .* ago\.$/);
    expect(reasons).toContain('  A crash now would lose nothing.');
  });

  test('a site without a backup is in danger, which is no error unless it is asked for', async () => {
    const site = await makeSite();
    const told = await site.run('status');
    expect({ status: told.status, stderr: told.stderr }).toEqual({ status: 0, stderr: '' });
    expect(told.stdout).toMatch(/^main +DANGER +none +never/m);
    expect((await site.run('status', '--check')).status).toBe(1);
    expect((await site.run('status', '--check', '-q')).stdout).toBe('');
  });

  test('attention is not a failure of --check', async () => {
    const site = await backedUp();
    await rm(join(site.repository, '.holdfast-history'));
    for (const name of await readdir(site.repository))
      if (name.endsWith('.holdfast-verified')) await rm(join(site.repository, name));
    const { status, stdout } = await site.run('status', '--check');
    expect(status).toBe(0);
    expect(stdout).toContain('but no set was ever checked.');
  });

  test('tells of a failed backup, and of what it said', async () => {
    const site = await backedUp();
    await rename(site.datafs, `${site.datafs}.gone`);
    expect((await site.run('backup')).status).not.toBe(0);
    const gone = await site.run('status', '--check');
    expect(gone.status).toBe(1);
    expect(gone.stdout).toContain('The storage itself is missing. Restore the set ');
    await rename(`${site.datafs}.gone`, site.datafs);
    const { stdout } = await site.run('status');
    expect(stdout).toMatch(/The last backup failed \d+ seconds? ago: there is no Data\.fs at Data\.fs\.$/m);
  });

  test('--json says all of it, with times in ISO 8601 and the paths of this machine', async () => {
    const site = await backedUp();
    await appendTransactions(nodeFileSystem, site.datafs, { transactions: 1 });
    const { stdout } = await site.run('status', '--json');
    const data = JSON.parse(stdout);
    expect(data).toMatchObject({ format: 'holdfast/1', command: 'status', ok: true, level: 'safe' });
    const [storage] = data.storages;
    expect(storage.source.path).toBe(site.datafs);
    expect(storage.uncovered.bytes).toBeGreaterThan(0);
    expect(storage.sets).toHaveLength(1);
    expect(storage.runs.map(({ kind }: { kind: string }) => kind)).toEqual(['backup', 'verify']);
    expect(storage.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  test('the age counts from a later run that found nothing new', async () => {
    const site = await backedUp();
    await site.run('backup');
    const [storage] = JSON.parse((await site.run('status', '--json')).stdout).storages;
    expect(storage.coveredUntil).toBe(storage.runs.at(-1).started);
    const stdout = memoryStream();
    const streams = { stdin: Readable.from([]), stdout, stderr: memoryStream() };
    const output = makeOutput(streams, { json: false, quiet: false, verbose: false });
    const coveredUntil = new Date(Date.parse(storage.time) - 3 * 3_600_000).toISOString();
    tellStatuses({ output }, [{ ...storage, coveredUntil }], { check: false });
    expect(stdout.text()).toMatch(/^main +safe +\S+ +3 h /m);
  });

  test('changes nothing', async () => {
    const site = await backedUp();
    const before = await readdir(site.path, { recursive: true });
    await site.run('status');
    expect(await readdir(site.path, { recursive: true })).toEqual(before);
  });
});

describe('holdfast status --prometheus', () => {
  test('- is standard output, and no file of that name', async () => {
    const site = await backedUp();
    const { status, stdout, stderr } = await site.run('status', '-q', '--prometheus', '-');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^# HELP holdfast_/);
    expect(stdout).toMatch(/^holdfast_\S+\{storage="main".*\} \S+\n/m);
    expect(stdout).not.toContain('VERDICT');
    expect(await readdir(site.path)).not.toContain('-');
    const both = await site.run('status', '--json', '--prometheus', '-');
    expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('exclude each other')]);
  });

  test('writes the figures whole, for others to read, and prints nothing', async () => {
    const site = await makeBlobSite('blob_storage = "var/blobstorage"\n');
    await site.run('backup');
    const file = join(await temporaryDirectory(), 'holdfast.prom');
    await writeFile(file, 'old');
    const { status, stdout, stderr } = await site.run('status', '--prometheus', file);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    const text = await readFile(file, 'utf8');
    expect(text).toContain('# TYPE holdfast_backup_age_seconds gauge\n');
    expect(text).toMatch(/^holdfast_verdict\{storage="main",level="attention"\} 1$/m);
    expect(text).toMatch(/^holdfast_backup_last_result\{storage="main",kind="backup",result="done"\} 1$/m);
    expect(text).toMatch(/^holdfast_blobs_bytes\{storage="main"\} [1-9]/m);
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(await readdir(join(file, '..'))).toEqual(['holdfast.prom']);
  });

  test('a file that cannot be written is an error that names it, and the exit status says so', async () => {
    const site = await backedUp();
    const file = join(site.path, 'no/such/place/holdfast.prom');
    const { status, stderr } = await site.run('status', '--prometheus', file);
    expect(status).toBe(7);
    expect(stderr).toContain(join(site.path, 'no/such/place'));
  });
});
