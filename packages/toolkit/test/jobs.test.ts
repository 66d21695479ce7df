import { access, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Job, JobKind } from '../src/jobs/job-board.js';
import { makeJobSite, openBoard, storageOf } from './support/job-site.js';

const by = 'ada';
const request = (kind: JobKind, storage = 'main') => ({ storage, kind, by });
/** Long enough to be stopped in. */
const SLOW = 'pre_command = "echo waiting >&2; sleep 30"\n';

const recordOf = async (stateDirectory: string, { id }: Job) =>
  JSON.parse(await readFile(join(stateDirectory, 'jobs', `${id}.json`), 'utf8')) as { readonly job: Job };

/** A program that is no job at all, but ends as one might. */
const script = (text: string) => [process.execPath, '-e', text];

async function appears(path: string): Promise<void> {
  for (;;) {
    try {
      await access(path);
      return;
    } catch {
      await pause(20);
    }
  }
}

describe('a job', () => {
  test('runs in a process of its own, and is written down before and after', async () => {
    const site = await makeJobSite();
    const { board, stateDirectory, ended } = await openBoard([storageOf('main', site)]);
    const job = await board.start(request('backup'));
    expect(job).toMatchObject({ state: 'running', storage: 'main', kind: 'backup', by });
    expect((await recordOf(stateDirectory, job)).job.state).toBe('running');
    const done = await ended(job.id);
    expect(done).toMatchObject({ state: 'done', summary: expect.stringMatching(/^Set .* is complete: /) });
    expect(done.data).toMatchObject({ kind: 'backup', made: true, set: done.set, removed: [] });
    expect((await recordOf(stateDirectory, job)).job).toEqual(done);
    const files = await readdir(join(site.path, 'var/backups'));
    expect(files).toContain(`${done.set}.holdfast-set`);
  });

  test('tells no path of the server', async () => {
    const site = await makeJobSite();
    const { board, ended } = await openBoard([storageOf('main', site)]);
    const first = await ended((await board.start(request('backup'))).id);
    expect(first.lines?.[0]).toBe('Made a full backup of Data.fs: the repository has no backup yet.');
    expect(JSON.stringify(first)).not.toContain(site.path);
    await writeFile(site.datafs, 'no storage');
    const second = await ended((await board.start(request('backup'))).id);
    expect(second).toMatchObject({ state: 'failed', error: { code: expect.any(String) } });
    expect(JSON.stringify(second)).not.toContain(site.path);
  });

  test('tells none of a site in a directory with a blank', async () => {
    const site = await makeJobSite('', 'my site');
    const { board, ended } = await openBoard([storageOf('main', site)]);
    const made = await ended((await board.start(request('backup'))).id);
    expect(made.lines?.[0]).toBe('Made a full backup of Data.fs: the repository has no backup yet.');
    const backups = join(site.path, 'var/backups');
    const name = (await readdir(backups)).find((file) => file.endsWith('.fsz'))!;
    await writeFile(join(backups, name), 'damaged');
    const checked = await ended((await board.start(request('verify'))).id);
    expect(checked.state).toBe('failed');
    await site.configure('keep = "many"\n');
    const refused = await ended((await board.start(request('backup'))).id);
    expect(refused.error?.message).toContain('holdfast.toml');
    for (const job of [made, checked, refused]) expect(JSON.stringify(job)).not.toMatch(/my site|site\/var/);
  });

  test('names the one that runs for each storage of its site, and for no other', async () => {
    const site = await makeJobSite(SLOW);
    const main = storageOf('main', site);
    const other = storageOf('other', await makeJobSite());
    const { board, ended } = await openBoard([
      main,
      { ...main, name: 'catalog' },
      { ...main, name: 'bare', backups: undefined },
      other,
    ]);
    expect(board.runningBeside('main')).toBeUndefined();
    const job = await board.start(request('backup'));
    const beside = ['main', 'catalog', 'bare', 'other'].map((name) => board.runningBeside(name)?.id);
    expect(beside).toEqual([job.id, job.id, undefined, undefined]);
    await board.cancel(job.id);
    await ended(job.id);
    expect(board.runningBeside('catalog')).toBeUndefined();
  });

  test('verify has levels; its problems are told', async () => {
    const site = await makeJobSite();
    const { board, ended } = await openBoard([storageOf('main', site)]);
    await ended((await board.start(request('fullbackup'))).id);
    const deep = await ended((await board.start({ ...request('verify'), level: 'deep' })).id);
    expect(deep).toMatchObject({ state: 'done', level: 'deep', data: { level: 'deep', sets: 1 } });
    const backups = join(site.path, 'var/backups');
    const name = (await readdir(backups)).find((file) => file.endsWith('.fsz'))!;
    const { size } = await stat(join(backups, name));
    await writeFile(join(backups, name), 'damaged');
    const failed = await ended((await board.start(request('verify'))).id);
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'repository.verify-failed', details: { level: 'stored' } },
    });
    expect(failed.error?.details?.problems).toContain(`${name} has 7 bytes, ${size} were recorded`);
  });

  test('prune does what retention says', async () => {
    const site = await makeJobSite();
    const { board, ended } = await openBoard([storageOf('main', site)]);
    await ended((await board.start(request('backup'))).id);
    const pruned = await ended((await board.start(request('prune'))).id);
    expect(pruned).toMatchObject({ state: 'done', summary: '0 sets removed.' });
  });

  test('gives what hooks say to the log', async () => {
    const site = await makeJobSite('pre_command = "echo from the hook"\n');
    const { board, ended, logged } = await openBoard([storageOf('main', site)]);
    expect((await ended((await board.start(request('backup'))).id)).state).toBe('done');
    expect(logged.some((line) => line.includes('from the hook'))).toBe(true);
  });
});

describe('one at a time', () => {
  test('for a site, whatever its storages are called; another site goes on', async () => {
    const [one, two] = [await makeJobSite(SLOW), await makeJobSite()];
    const { board, ended } = await openBoard([
      storageOf('main', one),
      storageOf('catalog', one),
      storageOf('other', two),
    ]);
    const starts = await Promise.allSettled([
      board.start(request('backup')),
      board.start(request('verify', 'catalog')),
      board.start(request('backup', 'other')),
    ]);
    expect(starts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const [first, refused, other] = starts as [
      PromiseFulfilledResult<Job>,
      PromiseRejectedResult,
      PromiseFulfilledResult<Job>,
    ];
    expect(refused.reason).toMatchObject({ code: 'toolkit.job-running', details: { job: first.value.id } });
    expect((await ended(other.value.id)).state).toBe('done');
    await board.cancel(first.value.id);
    expect((await ended(first.value.id)).state).toBe('cancelled');
    const next = await board.start(request('verify', 'catalog'));
    expect((await ended(next.id)).error?.code).toBe('repository.missing');
  });

  test('what cannot be done is refused, and keeps nobody away', async () => {
    const site = await makeJobSite();
    const bare = { ...storageOf('bare', site), backups: undefined };
    const archives = {
      ...storageOf('ds', site),
      backups: { kind: 'archives', directory: site.path, prefix: 'a' } as const,
    };
    const { board } = await openBoard([storageOf('main', site), bare, archives]);
    await expect(board.start(request('backup', 'none'))).rejects.toMatchObject({
      code: 'toolkit.no-storage',
    });
    await expect(board.start(request('backup', 'bare'))).rejects.toMatchObject({
      code: 'toolkit.no-backups',
    });
    await expect(board.start(request('zipbackup', 'ds'))).rejects.toMatchObject({ code: 'toolkit.request' });
    await expect(board.start({ ...request('backup'), level: 'deep' })).rejects.toMatchObject({
      code: 'toolkit.request',
    });
    expect(board.list()).toEqual([]);
  });
});

describe('the end of a job', () => {
  test('cancelled: the process stops, and nothing is half published', async () => {
    const site = await makeJobSite('pre_command = "touch begun; sleep 30"\n');
    const { board, ended } = await openBoard([storageOf('main', site)]);
    const { id } = await board.start(request('backup'));
    await appears(join(site.path, 'begun'));
    await board.cancel(id);
    expect(await ended(id)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
    expect(await readdir(join(site.path, 'var'))).not.toContain('backups');
    await expect(board.cancel(id)).rejects.toMatchObject({ code: 'toolkit.job-ended' });
    await expect(board.cancel('20260101T000000-0000')).rejects.toMatchObject({ code: 'toolkit.no-job' });
  });

  test('killed: it has failed, and the site takes another job', async () => {
    const site = await makeJobSite('pre_command = "touch begun; sleep 3"\n');
    const { board, stateDirectory, ended } = await openBoard([storageOf('main', site)]);
    const job = await board.start(request('backup'));
    await appears(join(site.path, 'begun'));
    const record = (await recordOf(stateDirectory, job)) as unknown as { process: { pid: number } };
    process.kill(record.process.pid, 'SIGKILL');
    expect(await ended(job.id)).toMatchObject({
      state: 'failed',
      error: { code: 'toolkit.job-failed', message: 'its process ended by SIGKILL and told no result' },
    });
    await site.configure('');
    expect((await ended((await board.start(request('backup'))).id)).state).toBe('done');
  });

  const result = { type: 'result', result: { summary: 'fine', lines: [], warnings: [], data: {} } };
  const say = `process.stdout.write(${JSON.stringify(`${JSON.stringify(result)}\n`)})`;

  test.each([
    ['a result, and status 0', `${say}`, 'done'],
    ['a result, and status 1', `process.exitCode = 1; ${say}`, 'failed'],
    [
      'a result, and then a signal',
      `${say}; setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100)`,
      'failed',
    ],
    ['half a result', `process.stdout.write('{"type":"result","res')`, 'failed'],
    ['status 0 and no word', '', 'failed'],
    ['no message', `process.stdout.write('{"__proto__":{"type":"result"}}\\n[]\\n\\n')`, 'failed'],
    ['a line without an end', `process.stdout.write('x'.repeat(3 << 20))`, 'failed'],
  ])('%s', async (_, text, state) => {
    const site = await makeJobSite();
    const { board, ended } = await openBoard([storageOf('main', site)], { program: script(text) });
    expect((await ended((await board.start(request('backup'))).id)).state).toBe(state);
  });

  test('a program that is not there', async () => {
    const site = await makeJobSite();
    const { board, ended } = await openBoard([storageOf('main', site)], { program: ['/no/such/program'] });
    const { id } = await board.start(request('backup'));
    expect(await ended(id)).toMatchObject({ state: 'failed', error: { code: 'toolkit.job-failed' } });
  });

  test('one that does not stop when asked is killed', async () => {
    const site = await makeJobSite();
    const deaf = script(
      `process.on('SIGTERM', () => {}); process.stderr.write('deaf\\n'); setInterval(() => {}, 1000)`,
    );
    const { board, ended, logged } = await openBoard([storageOf('main', site)], {
      program: deaf,
      graceMs: 200,
    });
    const { id } = await board.start(request('backup'));
    while (!logged.some((line) => line.includes('deaf'))) await pause(20);
    await board.cancel(id);
    expect((await ended(id)).state).toBe('cancelled');
  });

  test('the end of the server cancels what runs, and waits for it', async () => {
    const site = await makeJobSite(SLOW);
    const { board } = await openBoard([storageOf('main', site)]);
    const { id } = await board.start(request('backup'));
    await board.close();
    expect(board.get(id)?.state).toBe('cancelled');
    await expect(board.start(request('backup'))).rejects.toMatchObject({ code: 'toolkit.job-running' });
  });
});

describe('what is remembered', () => {
  test('ids are in the order of time, also where the clock steps back', async () => {
    const site = await makeJobSite();
    const storages = ['a', 'b', 'c'].map((name) => storageOf(name, { ...site, configFile: `/${name}` }));
    let now = Date.UTC(2026, 10, 21, 8, 15);
    const clock = { now: () => (now -= 5000), sleep: () => Promise.resolve() };
    const { board, stateDirectory } = await openBoard(storages, { clock, program: script('') });
    const ids: string[] = [];
    for (const { name } of storages) ids.push((await board.start(request('backup', name))).id);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(3);
    expect(board.list().map(({ id }) => id)).toEqual([...ids].reverse());
    expect(board.list('b').map(({ id }) => id)).toEqual([ids[1]]);
    await board.close();
    const again = await openBoard(storages, { clock, program: script(''), stateDirectory });
    expect(again.board.list().map(({ id }) => id)).toEqual([...ids].reverse());
    expect((await again.board.start(request('backup', 'a'))).id > ids.at(-1)!).toBe(true);
  });

  test('a clock that was ahead once: ids go on rising, times are true', async () => {
    const storages = [storageOf('main', await makeJobSite())];
    const { board, stateDirectory } = await openBoard(storages);
    await board.close();
    const ids = ['20380101T000000-f9c0', '20380101T000000-f9ff'];
    for (const id of ids) {
      const startedMs = Date.UTC(2038, 0, 1, 0, 0, 0, 999);
      const job = { id, storage: 'main', kind: 'backup', by, startedMs, state: 'done' };
      await writeFile(join(stateDirectory, 'jobs', `${id}.json`), JSON.stringify({ version: 1, job }));
    }
    for (let at = 0; at < 2; at++) {
      const again = await openBoard(storages, { stateDirectory, program: script('') });
      const before = Date.now();
      const { id } = await again.board.start(request('backup'));
      const { startedMs, finishedMs } = await again.ended(id);
      expect(startedMs).toBeGreaterThanOrEqual(before);
      expect(finishedMs).toBeLessThanOrEqual(Date.now());
      expect(id > ids.at(-1)!).toBe(true);
      expect(again.board.list()[0]?.id).toBe(id);
      ids.push(id);
      await again.board.close();
    }
  });

  test('the newest 200', async () => {
    const site = await makeJobSite();
    const { board, stateDirectory } = await openBoard([storageOf('main', site)]);
    await board.close();
    for (let at = 0; at < 205; at++) {
      const id = `20260101T0${Math.floor(at / 60)}${String(at % 60).padStart(2, '0')}00-0000`;
      const job = { id, storage: 'main', kind: 'backup', by, startedMs: at, state: 'done' };
      await writeFile(join(stateDirectory, 'jobs', `${id}.json`), JSON.stringify({ version: 1, job }));
    }
    const again = await openBoard([storageOf('main', site)], { stateDirectory, program: script('') });
    expect(again.board.list()).toHaveLength(200);
    expect(await readdir(join(stateDirectory, 'jobs'))).toHaveLength(200);
    await again.ended((await again.board.start(request('backup'))).id);
    expect(await readdir(join(stateDirectory, 'jobs'))).toHaveLength(200);
  });

  test('a record that cannot be read is left alone, and told', async () => {
    const site = await makeJobSite();
    const { board, stateDirectory } = await openBoard([storageOf('main', site)]);
    await board.close();
    const name = '20260101T000000-0000.json';
    for (const text of [
      '',
      '{"version":1',
      '{"version":1,"job":{"id":"20260101T000000-0001","state":"done"}}',
    ]) {
      await writeFile(join(stateDirectory, 'jobs', name), text);
      const again = await openBoard([storageOf('main', site)], { stateDirectory });
      expect(again.board.list()).toEqual([]);
      expect(again.logged).toEqual([expect.stringContaining(name)]);
    }
  });
});
