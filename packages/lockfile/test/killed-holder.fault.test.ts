import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { KernelLock, LockFile, lockRepository, probeStorageLock } from '../src/index.js';
import { faultTest, strace } from './machine.js';
import { startNode } from './node-process.js';

/** Everything that can be asked of a lock file after its holder is gone: all of it finds it free, whatever it says. */
async function expectFree(directory: string): Promise<void> {
  const path = join(directory, '.holdfast.lock');
  expect(await KernelLock.isHeld(path)).toBe(false);
  expect(await new LockFile(path).getOwnerPid()).toBeUndefined();
  expect(await probeStorageLock(path.replace('.lock', ''))).toEqual({ held: false });
  const lock = await lockRepository(directory, { command: 'next' });
  await lock.assertHeld();
  await lock.release();
}

describe('a killed holder (row 1)', () => {
  test.each(['kernel', 'barman', 'repository'])('of a %s lock frees it at once', async (kind) => {
    const directory = await temporaryDirectory();
    const path = join(directory, '.holdfast.lock');
    const holder = startNode('hold.mjs', [kind, kind === 'repository' ? directory : path]);
    await holder.line('held');
    expect(await KernelLock.isHeld(path)).toBe(true);
    holder.kill('SIGKILL');
    await holder.ended();
    await expectFree(directory);
  });

  for (const kind of ['barman', 'repository']) {
    for (const call of ['flock', 'pwrite64', 'ftruncate']) {
      faultTest(`at any ${call} of a ${kind} lock leaves it free`, { programs: ['strace'] }, async () => {
        const directory = await temporaryDirectory();
        const path = join(directory, '.holdfast.lock');
        await writeFile(path, 'a longer text that another process left there, long ago\n');
        let kills = 0;
        for (;;) {
          const { under } = await strace(`${call}:signal=SIGKILL:when=${kills + 1}`, path);
          const child = startNode('hold.mjs', [kind, kind === 'repository' ? directory : path], { under });
          child.tell('release');
          child.tell('end');
          const { status } = await child.ended();
          if (status === 0) break;
          kills += 1;
          await expectFree(directory);
          expect(kills).toBeLessThan(20);
        }
        expect(kills).toBeGreaterThan(0);
      });
    }
  }
});

describe('what a holder left in the file (rows 2, 7, 15, 16)', () => {
  const texts = {
    'a dead pid': '4194305\n',
    'a living pid of another program': '1\n',
    'a torn text': '{"holdfastLock":1,"host":"db1","pid":12',
    'bytes of nothing': '\u0000\u0000\u0000\u0000',
    'a record of another boot':
      '{"holdfastLock":1,"host":"HOST","pid":1,"bootId":"before the power cut","command":"x","since":"2026-01-01T00:00:00.000Z","kind":"kernel"}\n',
  };
  test.each(Object.entries(texts))('%s does not keep the lock', async (_, text) => {
    const directory = await temporaryDirectory();
    const path = join(directory, '.holdfast.lock');
    const { hostname } = await import('node:os');
    await writeFile(path, text.replace('HOST', hostname()));
    await expectFree(directory);
    await writeFile(path, text.replace('HOST', hostname()));
    await using lock = new LockFile(path);
    expect(await lock.acquire()).toBe(true);
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
  });

  test('a lock file that is removed between two runs is made anew', async () => {
    const directory = await temporaryDirectory();
    const first = await lockRepository(directory, { command: 'x' });
    await first.release();
    await unlink(join(directory, '.holdfast.lock'));
    await expectFree(directory);
  });

  faultTest(
    'a pid that another program got is called stale',
    { programs: ['unshare'], root: true },
    async () => {
      const under = ['unshare', '--pid', '--fork', '--mount-proc'];
      const { stdout, stderr } = await startNode('recycle-pid.mjs', [], { under }).ended();
      expect(stderr).toBe('');
      expect(stdout).toContain('liveness pid-reused');
      expect(stdout).toContain('that pid may be stale');
    },
  );
});

describe('a stopped process (row 23)', () => {
  test('keeps its lock; a waiter times out and steals nothing', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const holder = startNode('hold.mjs', ['kernel', path]);
    await holder.line('held');
    holder.kill('SIGSTOP');
    await expect(KernelLock.acquire(path, { wait: 300 })).rejects.toMatchObject({ code: 'lock.busy' });
    holder.kill('SIGCONT');
    holder.tell('assert');
    await holder.line('assert ok');
  });

  test('that waits goes on waiting, by its own deadline', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const held = await KernelLock.acquire(path);
    const waiter = startNode('hold.mjs', ['kernel', path, '{"wait":60000}']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    waiter.kill('SIGSTOP');
    await held.release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await KernelLock.isHeld(path)).toBe(false);
    waiter.kill('SIGCONT');
    await waiter.line('held');
  });
});
