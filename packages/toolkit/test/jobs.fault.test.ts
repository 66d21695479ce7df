import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { FaultyFileSystem, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { makeJobSite, openBoard, storageOf } from './support/job-site.js';

const SERVER = fileURLToPath(new URL('children/board-server.mjs', import.meta.url));

interface Server {
  readonly stateDirectory: string;
  readonly said: () => string;
  readonly ended: Promise<void>;
  kill(): void;
}

/** A server with one job, which can be killed. */
async function serve(configFile: string, kind = 'backup'): Promise<Server> {
  const stateDirectory = await temporaryDirectory();
  const server = spawn(process.execPath, [SERVER, JSON.stringify({ configFile, stateDirectory, kind })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  whenDone(() => void server.kill('SIGKILL'));
  let said = '';
  server.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  return { stateDirectory, said: () => said, ended, kill: () => void server.kill('SIGKILL') };
}

const pidOf = async (stateDirectory: string, id: string): Promise<number> => {
  const text = await readFile(join(stateDirectory, 'jobs', `${id}.json`), 'utf8');
  return (JSON.parse(text) as { process: { pid: number } }).process.pid;
};

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function says(server: Server, word: string): Promise<string> {
  for (;;) {
    const id = new RegExp(`^${word} (\\S+)$`, 'm').exec(server.said())?.[1];
    if (id !== undefined) return id;
    await pause(5);
  }
}

describe('a server that is killed', () => {
  test('takes its job with it: the pipe ends, and nothing is published', async () => {
    const site = await makeJobSite('pre_command = "sleep 30"\n');
    const server = await serve(site.configFile);
    const id = await says(server, 'running');
    const pid = await pidOf(server.stateDirectory, id);
    expect(lives(pid)).toBe(true);
    server.kill();
    while (lives(pid)) await pause(20);
    expect(await readdir(join(site.path, 'var'))).not.toContain('backups');
    const { stateDirectory } = server;
    const { board, ended } = await openBoard([storageOf('main', site)], { stateDirectory });
    expect(board.get(id)).toMatchObject({ state: 'interrupted', finishedMs: expect.any(Number) });
    await site.configure('');
    expect((await ended((await board.start({ storage: 'main', kind: 'backup', by: 'eve' })).id)).state).toBe(
      'done',
    );
  });

  test('and started again ends what is left of a job that hears nothing', async () => {
    const site = await makeJobSite('pre_command = "sleep 30"\n');
    const server = await serve(site.configFile);
    const id = await says(server, 'running');
    const pid = await pidOf(server.stateDirectory, id);
    // Stopped, it sees neither the end of the pipe nor SIGTERM.
    process.kill(pid, 'SIGSTOP');
    whenDone(() => {
      if (lives(pid)) process.kill(pid, 'SIGKILL');
    });
    server.kill();
    await server.ended;
    let slept = 0;
    const clock = {
      now: () => Date.now(),
      sleep: async (ms: number) => {
        slept += ms;
        await pause(1);
      },
    };
    const { stateDirectory } = server;
    const { board } = await openBoard([storageOf('main', site)], { stateDirectory, clock });
    expect(board.get(id)?.state).toBe('interrupted');
    expect(slept).toBeGreaterThan(5000);
    while (lives(pid)) await pause(5);
  });

  test('leaves a process alone that has the number of its job by chance', async () => {
    const site = await makeJobSite('pre_command = "sleep 30"\n');
    const server = await serve(site.configFile);
    const id = await says(server, 'running');
    const path = join(server.stateDirectory, 'jobs', `${id}.json`);
    const text = await readFile(path, 'utf8');
    server.kill();
    await server.ended;
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      detached: true,
      stdio: 'ignore',
    });
    whenDone(() => void bystander.kill('SIGKILL'));
    const record = JSON.parse(text) as { process: { pid: number } };
    const other = { ...record, process: { ...record.process, pid: bystander.pid } };
    await writeFile(path, JSON.stringify(other));
    const { stateDirectory } = server;
    const { board } = await openBoard([storageOf('main', site)], { stateDirectory });
    expect(board.get(id)?.state).toBe('interrupted');
    expect(lives(bystander.pid!)).toBe(true);
  });

  test('at any moment: no job is done of which the set is not there', async () => {
    const seen = new Set<string>();
    for (let at = 0; at < 7; at++) {
      const site = await makeJobSite();
      const server = await serve(site.configFile);
      const id = await says(server, 'running');
      // A backup of this site takes some 700 ms.
      if (at < 6) await pause(at * 150);
      else await says(server, 'done');
      server.kill();
      await server.ended;
      const { stateDirectory } = server;
      const { board } = await openBoard([storageOf('main', site)], { stateDirectory });
      const job = board.get(id)!;
      seen.add(job.state);
      expect(['done', 'interrupted']).toContain(job.state);
      if (job.state === 'done') {
        const files = await readdir(join(site.path, 'var/backups'));
        expect(files).toContain(`${job.set}.holdfast-set`);
      }
    }
    expect([...seen].sort()).toEqual(['done', 'interrupted']);
  });
});

describe('a state directory that takes nothing', () => {
  test('keeps a job from beginning', async () => {
    const site = await makeJobSite();
    const fs = new FaultyFileSystem(nodeFileSystem);
    const { board } = await openBoard([storageOf('main', site)], { fs });
    fs.fail('create', 'ENOSPC');
    await expect(board.start({ storage: 'main', kind: 'backup', by: 'ada' })).rejects.toMatchObject({
      code: 'fs.no-space',
    });
    expect(board.list()).toEqual([]);
    expect(await readdir(join(site.path, 'var'))).not.toContain('backups');
  });
});
