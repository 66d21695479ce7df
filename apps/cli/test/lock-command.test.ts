import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { holdfast } from './support/cli.js';

let cwd: string;

beforeEach(async () => {
  cwd = await temporaryDirectory();
});

const run = (...args: readonly string[]) => holdfast(['lock', ...args], { cwd });

describe('holdfast lock run', () => {
  test('ends with the status of its command, whose options are its own', async () => {
    expect((await run('run', 'x.lock', '--', 'sh', '-c', 'exit 5')).status).toBe(5);
    const { status, stdout } = await run('run', 'x.lock', '--', 'echo', '-n', '--json', '-v');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '--json -v' });
  });

  test('holds the lock meanwhile', async () => {
    const { stdout } = await run('run', 'x.lock', '--', 'sh', '-c', 'flock -n x.lock echo free || echo held');
    expect(stdout).toBe('held\n');
  });

  test('does not run it under a busy lock', async () => {
    await using _lock = await KernelLock.acquire(join(cwd, 'x.lock'));
    const { status, stderr } = await run('run', 'x.lock', '--', 'touch', 'done');
    expect(status).toBe(EXIT.busy);
    expect(stderr).toContain('x.lock is locked by another process');
    expect((await run('run', '--fail-status', '42', 'x.lock', '--', 'touch', 'done')).status).toBe(42);
    expect(existsSync(join(cwd, 'done'))).toBe(false);
  });

  test('says that a command is not there, as a shell does', async () => {
    expect((await run('run', 'x.lock', '--', 'no-such-program')).status).toBe(127);
  });
});

test('holdfast lock list and clean tell what is held and what is free', async () => {
  expect((await run('list', '.')).stdout).toBe('. has no lock files.\n');
  expect((await run('run', 'x.lock', '--', 'true')).status).toBe(0);
  await writeFile(join(cwd, 'data'), '');
  expect((await run('list', '.')).stdout).toMatch(/^STATE .*\nfree .* x\.lock\n$/);
  expect((await run('clean', '--dry-run', '.')).stdout).toContain('Would remove x.lock.');
  expect((await run('clean', '.')).stdout).toContain('1 lock file removed, 0 kept.');
  expect(existsSync(join(cwd, 'x.lock'))).toBe(false);
});
