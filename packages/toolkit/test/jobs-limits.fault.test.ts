import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { makeJobSite, openBoard, storageOf } from './support/job-site.js';

const EXHAUSTED = fileURLToPath(new URL('children/exhausted-board.mjs', import.meta.url));
const request = { storage: 'main', kind: 'backup', by: 'ada' } as const;

/** A program that is no job at all: it tells this and ends. */
async function telling(message: object): Promise<readonly string[]> {
  const file = join(await temporaryDirectory(), 'message');
  await writeFile(file, `${JSON.stringify(message)}\n`);
  const text = `process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(file)}))`;
  return [process.execPath, '-e', text];
}

const result = (parts: object) => ({
  type: 'result',
  result: { summary: 'fine', lines: [], warnings: [], data: {}, ...parts },
});

async function ends(program: readonly string[]) {
  const { board, ended, stateDirectory } = await openBoard([storageOf('main', await makeJobSite())], {
    program,
  });
  const job = await ended((await board.start(request)).id);
  // Its record is written before anybody is told.
  const path = join(stateDirectory, 'jobs', `${job.id}.json`);
  const { size } = await stat(path);
  const written = JSON.parse(await readFile(path, 'utf8')) as { readonly job: object };
  return { job, size, written: written.job };
}

describe('too many open files', () => {
  test.each([
    ['at all', 0, 'refused fs.too-many-open-files'],
    ['for pipes, but for a record', 4, 'failed toolkit.job-failed'],
  ])('%s: the job fails, the server goes on', async (_, spare, outcome) => {
    const state = await temporaryDirectory();
    const args = ['--nofile=1024', process.execPath, EXHAUSTED, state, String(spare)];
    const { stdout, stderr } = await promisify(execFile)('prlimit', args);
    expect([stdout, stderr]).toEqual([`${outcome}\ndone\n`, '']);
  });
});

describe('a disk that is full', () => {
  test('keeps no server from starting that finds a job of before', async () => {
    const stateDirectory = await temporaryDirectory();
    const id = '20260101T000000-0000';
    await mkdir(join(stateDirectory, 'jobs'));
    const job = { ...request, id, startedMs: 0, state: 'running' };
    await writeFile(join(stateDirectory, 'jobs', `${id}.json`), JSON.stringify({ version: 1, job }));
    const fs = new FaultyFileSystem(nodeFileSystem);
    fs.fail('create', 'ENOSPC');
    const { board, logged } = await openBoard([], { fs, stateDirectory });
    expect(board.get(id)?.state).toBe('interrupted');
    expect(logged.some((line) => line.startsWith('the record of a job cannot be written'))).toBe(true);
    const again = await openBoard([], { stateDirectory });
    expect(again.board.get(id)?.state).toBe('interrupted');
  });
});

describe('a job that has much to say', () => {
  test('is kept in 64 KiB: of lists the first items and the last, of texts the beginning', async () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `line ${at}: ${'ä'.repeat(20)}`);
    const data = { made: true, kinds: [{ sets: lines }] };
    const { job, size, written } = await ends(
      await telling(result({ lines, warnings: ['w'.repeat(5000)], data })),
    );
    expect(job).toMatchObject({ state: 'done', summary: 'fine', cut: true, data: { made: true } });
    expect([job.lines?.[0], job.lines?.at(-1)]).toEqual([lines[0], lines.at(-1)]);
    expect(job.warnings).toEqual([`${'w'.repeat(1999)}…`]);
    expect(size).toBeLessThan(64 << 10);
    expect(written).toEqual(job);
  });

  test('is kept in 64 KiB where it fails, too', async () => {
    const problems = Array.from({ length: 5000 }, (_, at) => `problem ${at} in \u{1f4be}\u0001`);
    const error = { code: 'repository.verify-failed', message: 'm', details: { problems, count: 5000 } };
    const { job, size } = await ends(await telling({ type: 'error', error, warnings: problems }));
    expect(job).toMatchObject({ state: 'failed', cut: true, error: { details: { count: 5000 } } });
    expect(size).toBeLessThan(64 << 10);
  });

  test('keeps its summary where nothing else can be cut', async () => {
    const data = Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`key ${at}`, at]));
    const { job } = await ends(await telling(result({ data })));
    expect(job).toMatchObject({ state: 'done', summary: 'fine', cut: true });
    expect(job.data).toBeUndefined();
  });

  test('is as it is where that is not much', async () => {
    const { job } = await ends(await telling(result({ lines: ['one', 'two'], data: { made: false } })));
    expect(job).toMatchObject({ lines: ['one', 'two'], data: { made: false } });
    expect(job).not.toHaveProperty('cut');
  });

  test('says it in a line that the server reads', async () => {
    // Each is an option that nobody knows: a problem that is told with its name, which is twice as long in JSON.
    const toml = Array.from({ length: 20 }, (_, at) => `'${at}${'"'.repeat(30_000)}' = 1\n`);
    const site = await makeJobSite(toml.join(''));
    const { board, ended, logged } = await openBoard([storageOf('main', site)]);
    const job = await ended((await board.start(request)).id);
    expect(logged.filter((line) => line.startsWith('a job said what is no message'))).toEqual([]);
    expect(job).toMatchObject({ state: 'failed', cut: true, error: { code: 'configuration.invalid' } });
  });
});

describe('the environment of a job', () => {
  test('has nothing that systemd says to the server alone', async () => {
    vi.stubEnv('NOTIFY_SOCKET', '/run/systemd/notify');
    vi.stubEnv('WATCHDOG_USEC', '30000000');
    vi.stubEnv('WATCHDOG_PID', String(process.pid));
    vi.stubEnv('HOLDFAST_TEST', 'stays');
    try {
      const tell = `process.stdout.write(JSON.stringify({ type: 'result',
        result: { summary: 'fine', lines: Object.keys(process.env), warnings: [], data: {} } }) + '\\n')`;
      const { job } = await ends([process.execPath, '-e', tell]);
      expect(job.lines).toEqual(expect.arrayContaining(['PATH', 'HOLDFAST_TEST']));
      expect(job.lines?.filter((name) => /^(NOTIFY|WATCHDOG)_/.test(name))).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
