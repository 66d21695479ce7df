import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { KernelLock, LockFile, runLocked, ServerBackupLock, StorageLock } from '../src/index.js';
import { flockHolders } from '../src/lock-holders.js';
import { startNode } from './node-process.js';

const sh = (script: string) => ({ file: '/bin/sh', args: ['-c', script] });
const isFree = async (path: string) => (await new LockFile(path).getOwnerPid()) === undefined;

async function untilFree(path: string): Promise<void> {
  await using lock = await KernelLock.acquire(path, { wait: 10_000 });
  expect(lock.held).toBe(true);
}

describe('a command under a lock', () => {
  test('gives its exit status, and the lock is held while it runs', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    await using lock = await KernelLock.acquire(path);
    expect(await runLocked({ lock, ...sh('exit 7') })).toEqual({ status: 7, signal: null });
    expect(await runLocked({ lock, ...sh('kill -TERM $$') })).toEqual({ status: 143, signal: 'SIGTERM' });
    expect(await isFree(path).catch(() => false)).toBe(false);
  });

  test('that does not exist is fs.not-found', async () => {
    await using lock = await KernelLock.acquire(join(await temporaryDirectory(), 'some.lock'));
    await expect(runLocked({ lock, file: '/nonexistent/program' })).rejects.toMatchObject({
      code: 'fs.not-found',
    });
  });

  test('is not started without the lock', async () => {
    const lock = await KernelLock.acquire(join(await temporaryDirectory(), 'some.lock'));
    await lock.release();
    await expect(runLocked({ lock, file: '/bin/true' })).rejects.toMatchObject({ code: 'lock.lost' });
  });

  test('inherits every descriptor of the lock, or none with close', async () => {
    const directory = await temporaryDirectory();
    const count = sh('ls /proc/self/fd | wc -l | { read n; exit $n; }');
    await using barman = new ServerBackupLock(directory, 'main');
    await barman.acquire();
    await using storage = await StorageLock.acquireFiles([
      join(directory, 'lock'),
      join(directory, 'sublock'),
    ]);
    const { status: none } = await runLocked({ lock: barman, ...count, close: true });
    expect(await runLocked({ lock: barman, ...count })).toMatchObject({ status: none + 1 });
    expect(await runLocked({ lock: storage, ...count })).toMatchObject({ status: none + 2 });
  });

  test('keeps the lock when the process that started it is killed, until it ends', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const runner = startNode('run.mjs', [path, '/bin/sh', '-c', 'echo command $$; exec sleep 100']);
    const pid = Number((await runner.line('command')).split(' ')[1]);
    runner.kill('SIGKILL');
    await new Promise((resolve) => runner.child.once('exit', resolve));
    expect(await isFree(path)).toBe(false);
    expect(await flockHolders(path)).toEqual([pid]);
    process.kill(pid, 'SIGKILL');
    await untilFree(path);
  });

  test('with close, does not keep the lock when the process that started it is killed', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const runner = startNode('run.mjs', [
      '--close',
      path,
      '/bin/sh',
      '-c',
      'echo command $$; exec sleep 100',
    ]);
    const pid = Number((await runner.line('command')).split(' ')[1]);
    runner.kill('SIGKILL');
    await untilFree(path);
    process.kill(pid, 'SIGKILL');
  });

  test('gets the signals that its starter gets, and its end is waited for', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const command = 'trap "echo got it; exit 5" TERM; echo command $$; while :; do sleep 0.05; done';
    const runner = startNode('run.mjs', [path, '/bin/sh', '-c', command]);
    await runner.line('command');
    runner.kill('SIGTERM');
    await runner.line('got it');
    expect((await runner.ended()).status).toBe(5);
    await untilFree(path);
  });

  test('that leaves a daemon behind frees the lock all the same', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const lock = await KernelLock.acquire(path);
    await runLocked({ lock, ...sh('sleep 5 & exit 0'), stdio: 'ignore' });
    await lock.release();
    expect(await isFree(path)).toBe(true);
  });
});

test('a command that is to end gets SIGTERM', async () => {
  await using lock = await KernelLock.acquire(join(await temporaryDirectory(), 'some.lock'));
  const signal = AbortSignal.timeout(100);
  expect(await runLocked({ lock, ...sh('exec sleep 100'), signal })).toEqual({
    status: 143,
    signal: 'SIGTERM',
  });
  const aborted = AbortSignal.abort();
  expect(await runLocked({ lock, ...sh('exec sleep 100'), signal: aborted })).toMatchObject({ status: 143 });
});
