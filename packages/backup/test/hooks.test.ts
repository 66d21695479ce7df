import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/errors';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { type HookRequest, runHook } from '../src/index.js';

async function hook(script: string, more: Partial<HookRequest> = {}): Promise<HookRequest> {
  const cwd = await temporaryDirectory();
  return { name: 'pre_command', script, cwd, env: {}, timeoutSeconds: 30, output: 'stderr', ...more };
}

const text = (cwd: string, name: string) => readFile(join(cwd, name), 'utf8');

/** Waits until a hook has written a process id to this file. */
async function pidIn(cwd: string, name: string): Promise<number> {
  for (;;) {
    const pid = Number(await text(cwd, name).catch(() => ''));
    if (pid > 0) return pid;
    await sleep(10);
  }
}

/** A killed process may stay as a zombie until its parent, or the init of this machine, looks at it. */
async function isOver(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  return status === undefined || /\) [ZX] /.test(status);
}

async function untilOver(pid: number): Promise<void> {
  while (!(await isOver(pid))) await sleep(10);
}

const CHILD = "sh -c 'echo $$ > child.new; mv child.new child; exec sleep 60' & wait";

describe('a command of the user', () => {
  test('runs all its lines in the directory given', async () => {
    const request = await hook('echo one > log\necho two >> log\n');
    await runHook(request);
    expect(await text(request.cwd, 'log')).toBe('one\ntwo\n');
  });

  test('has the environment of this process and what it is told besides', async () => {
    const env = { HOLDFAST_SET: 'a set; with $signs "and" quotes' };
    const request = await hook('printf %s "$HOLDFAST_SET" > set; printf %s "$PATH" > path', { env });
    await runHook(request);
    expect(await text(request.cwd, 'set')).toBe(env.HOLDFAST_SET);
    expect(await text(request.cwd, 'path')).toBe(process.env.PATH);
  });

  test('reads an empty standard input', async () => {
    const request = await hook('cat > read; echo done > done');
    await runHook(request);
    expect([await text(request.cwd, 'read'), await text(request.cwd, 'done')]).toEqual(['', 'done\n']);
  });

  test('stops at the first line that fails, and says which command and status', async () => {
    const request = await hook('touch one\n(exit 3)\ntouch two');
    await expect(runHook(request)).rejects.toMatchObject({
      code: 'hook.failed',
      message: 'the pre_command (touch) ended with status 3',
      details: { command: 'pre_command', status: 3 },
    });
    expect(await readdir(request.cwd)).toEqual(['one']);
  });

  test.each([
    ['/srv/bin/mount.sh --password=hunter2 backup; exit 127', ' (/srv/bin/mount.sh)'],
    ['PASSWORD=hunter2 sh -c "exit 127"', ''],
    ['"hunter2" || exit 127', ''],
    ['$(echo hunter2); exit 127', ''],
    ['https://me:hunter2@example.org', ''],
  ])('is named by its first word alone: the rest may hold a password (%s)', async (script, named) => {
    const failure: unknown = await runHook(await hook(`${script}\nexit 127`)).catch((error) => error);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^the pre_command( \(.*\))? ended with status \d+$/),
    });
    expect((failure as Error).message).toContain(`the pre_command${named} ended`);
    expect(JSON.stringify(failure) + String(failure)).not.toContain('hunter2');
  });

  test('that a signal ended says which', async () => {
    await expect(runHook(await hook('kill -KILL $$'))).rejects.toMatchObject({
      code: 'hook.failed',
      message: expect.stringContaining('was ended by SIGKILL'),
      details: { status: 137 },
    });
  });

  test('whose directory is gone cannot be started', async () => {
    const request = await hook('true');
    await expect(runHook({ ...request, cwd: join(request.cwd, 'gone') })).rejects.toMatchObject({
      code: 'hook.failed',
      message: expect.stringContaining('cannot be started'),
    });
  });
});

describe('a command that lasts too long', () => {
  test('is ended, with all that it started', async () => {
    const request = await hook(CHILD, { timeoutSeconds: 1 });
    await expect(runHook(request)).rejects.toMatchObject({
      code: 'hook.timeout',
      message: expect.stringContaining('did not end within 1 s'),
    });
    await untilOver(await pidIn(request.cwd, 'child'));
  });

  test('is killed with what it started where that does not heed SIGTERM', async () => {
    const stubborn =
      'sh -c \'trap "" TERM; echo $$ > child.new; mv child.new child; while :; do sleep 1; done\'';
    const request = await hook(`trap "" TERM\n${stubborn} & wait`, { timeoutSeconds: 1 });
    await expect(runHook(request)).rejects.toMatchObject({ code: 'hook.timeout' });
    await untilOver(await pidIn(request.cwd, 'child'));
  }, 20_000);
});

describe('stopping', () => {
  const stop = new HoldfastError('cancelled', 'stopped by a test');

  test('ends a running command with all that it started', async () => {
    const controller = new AbortController();
    const request = await hook(CHILD, { signal: controller.signal });
    const running = expect(runHook(request)).rejects.toMatchObject({ code: 'cancelled' });
    const child = await pidIn(request.cwd, 'child');
    controller.abort(stop);
    await running;
    await untilOver(child);
  });

  test('before it starts, nothing is run', async () => {
    const request = await hook('touch ran', { signal: AbortSignal.abort(stop) });
    await expect(runHook(request)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(request.cwd)).toEqual([]);
  });
});
