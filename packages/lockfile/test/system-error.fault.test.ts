import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { KernelLock, LockFile, LockFilePermissionDenied, lockRepository } from '../src/index.js';
import { faultTest, mount, smallTmpfs, strace } from './machine.js';
import { childScript, startNode } from './node-process.js';

const withStrace = { programs: ['strace'] } as const;
const withMount = { programs: ['mount'], root: true } as const;
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** One run of `hold.mjs` to its end, with a fault. */
async function run(kind: string, path: string, under: readonly string[], options = {}) {
  const child = startNode('hold.mjs', [kind, path, JSON.stringify(options)], { under });
  child.tell('release');
  child.tell('end');
  return child.ended();
}

async function isFree(path: string): Promise<boolean> {
  const lock = await KernelLock.tryAcquire(path);
  await lock?.release();
  return lock !== undefined;
}

describe('no kernel locks here (row 17)', () => {
  for (const errno of ['ENOLCK', 'ENOSYS', 'EOPNOTSUPP']) {
    faultTest(`flock answers ${errno}: lock.unavailable, never free, never busy`, withStrace, async () => {
      const path = join(await temporaryDirectory(), 'some.lock');
      const { under } = await strace(`flock:error=${errno}`);
      for (const kind of errno === 'ENOLCK' ? ['kernel', 'barman', 'storage'] : ['kernel']) {
        const { stdout } = await run(kind, path, under);
        expect(stdout).toMatch(/^error lock\.unavailable: kernel locks are not available here/);
      }
    });
  }

  faultTest('util-linux’ flock fails the same way', { programs: ['strace', 'flock'] }, async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const { under } = await strace('flock:error=ENOLCK');
    const child = startNode('hold.mjs', ['kernel', path], {
      under,
      nodeArgs: ['--require', childScript('without-koffi.cjs')],
    });
    expect((await child.ended()).stdout).toContain('error lock.unavailable');
  });

  faultTest('a repository is locked by a lease instead', withStrace, async () => {
    const directory = await temporaryDirectory();
    const { under } = await strace('flock:error=ENOLCK');
    const { stdout } = await run('repository', directory, under);
    expect(stdout).toContain('held lease');
    expect(stdout).toContain('released');
  });

  faultTest('looking at a storage does not find it free', withStrace, async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    await writeFile(`${path}.lock`, ' 1\n');
    const { under } = await strace('flock:error=ENOLCK');
    const { stdout } = await startNode('probe.mjs', [path], { under }).ended();
    expect(stdout).toContain('error lock.unavailable');
  });
});

describe('interrupted calls (row 9)', () => {
  faultTest('flock is repeated after EINTR', withStrace, async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const { under, log } = await strace('flock:error=EINTR:when=1..3');
    expect((await run('kernel', path, under)).stdout).toContain('held');
    expect((await readFile(log, 'utf8')).match(/EINTR/g)).toHaveLength(3);
  });
});

describe('a full disk and broken disks (rows 3, 4, 5, 6, 8)', () => {
  faultTest('a lock file that cannot be made is fs.no-space, not busy', withMount, async () => {
    const directory = await smallTmpfs('size=64k,nr_inodes=2');
    await writeFile(join(directory, 'the last inode'), '');
    const path = join(directory, 'some.lock');
    await expect(KernelLock.acquire(path)).rejects.toMatchObject({ code: 'fs.no-space' });
    await expect(new LockFile(path).acquire()).rejects.toMatchObject({ code: 'fs.no-space' });
    expect(await new LockFile(path).acquire({ raiseIfFail: false })).toBe(false);
    await expect(lockRepository(directory, { command: 'x' })).rejects.toMatchObject({ code: 'fs.no-space' });
  });

  faultTest(
    'a pid that cannot be written is fs.no-space, and the lock is free again',
    withMount,
    async () => {
      const directory = await smallTmpfs('size=8k');
      const path = join(directory, 'some.lock');
      await writeFile(path, '');
      await writeFile(join(directory, 'filler'), Buffer.alloc(8192)).catch(() => undefined);
      await expect(new LockFile(path).acquire()).rejects.toMatchObject({ code: 'fs.no-space' });
      expect(await isFree(path)).toBe(true);
    },
  );

  faultTest(
    'the repository lock does without its record on a full disk, so that prune can work',
    withMount,
    async () => {
      const directory = await smallTmpfs('size=8k');
      await writeFile(join(directory, '.holdfast.lock'), '');
      await writeFile(join(directory, 'filler'), Buffer.alloc(8192)).catch(() => undefined);
      await using lock = await lockRepository(directory, { command: 'prune' });
      await lock.assertHeld();
      await expect(lockRepository(directory, { command: 'x' })).rejects.toMatchObject({ code: 'lock.busy' });
    },
  );

  faultTest('a write error is fs.io, and the lock is free again', withStrace, async () => {
    for (const kind of ['barman', 'repository', 'lease']) {
      const directory = await temporaryDirectory();
      const path = join(directory, '.holdfast.lock');
      await writeFile(path, '');
      const { under } = await strace('pwrite64:error=EIO', path);
      const { stdout } = await run(kind, kind === 'repository' ? directory : path, under);
      expect(stdout).toMatch(/^error fs\.io/);
      expect(await isFree(path)).toBe(true);
      await using lock = await lockRepository(directory, { command: 'next', kind: 'lease' });
      await lock.assertHeld();
    }
  });

  faultTest(
    'a read error of a held lock’s text is fs.io, or a busy lock without a name',
    withStrace,
    async () => {
      const path = join(await temporaryDirectory(), 'some.lock');
      await using held = await KernelLock.acquire(path);
      held.writeText('4711\n');
      const { under } = await strace('pread64:error=EIO', path);
      expect((await run('kernel', path, under)).stdout).toMatch(/^error lock\.busy/);
      const { stdout } = await startNode('probe.mjs', ['--owner', path], { under }).ended();
      expect(stdout).toContain('error fs.io');
    },
  );

  faultTest('an error of close does not matter', withStrace, async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const { under, log } = await strace('close:error=EIO', path);
    expect((await run('barman', path, under)).stdout).toContain('released');
    expect(await readFile(log, 'utf8')).toContain('EIO');
  });

  faultTest('a short write is continued', withStrace, async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const { under, log } = await strace('pwrite64:retval=2:when=1', path);
    expect((await run('kernel', path, under, { text: 'abcdef' })).stdout).toContain('held');
    const calls = await readFile(log, 'utf8');
    expect(calls).toMatch(/pwrite64\(\d+, "abcdef", 6, 0\)\s+= 2/);
    expect(calls).toMatch(/pwrite64\(\d+, "cdef", 4, 2\)\s+= 4/);
  });
});

describe('too many open files', () => {
  faultTest(
    'is an error of its own, before and after koffi is loaded',
    { programs: ['prlimit'] },
    async () => {
      const path = join(await temporaryDirectory(), 'some.lock');
      for (const order of ['first', 'later']) {
        const child = startNode('exhaust.mjs', [path, order], { under: ['prlimit', '--nofile=64'] });
        const { stdout, stderr } = await child.ended();
        expect(stderr).toBe('');
        expect(stdout).toBe('error fs.too-many-open-files\nheld\n');
      }
    },
  );
});

describe('no permission (row 22), and a read-only file system', () => {
  const withSetpriv = { programs: ['setpriv'], root: true } as const;

  faultTest('is lock.permission, not busy', withSetpriv, async () => {
    const directory = await temporaryDirectory();
    await chmod(directory, 0o755);
    const path = join(directory, 'some.lock');
    await writeFile(path, '', { mode: 0o600 });
    for (const [kind, at] of [
      ['kernel', path],
      ['barman', path],
      ['storage', path.replace('.lock', '')],
      ['kernel', join(directory, 'new.lock')],
    ] as const) {
      expect((await run(kind, at, nobody)).stdout).toMatch(/^error lock\.permission/);
    }
    expect((await run('barman', path, nobody, { raiseIfFail: false })).stdout).toMatch(/^error false/);
  });

  faultTest('a shared lock needs only to read the file', withSetpriv, async () => {
    const directory = await temporaryDirectory();
    await chmod(directory, 0o755);
    const path = join(directory, 'some.lock');
    await writeFile(path, '', { mode: 0o644 });
    expect((await run('kernel', path, nobody)).stdout).toMatch(/^error lock\.permission/);
    expect((await run('kernel', path, nobody, { mode: 'shared' })).stdout).toContain('held');
  });

  faultTest(
    'a read-only file system is fs.read-only for a new file, and can be locked shared',
    withMount,
    async () => {
      const directory = await smallTmpfs('size=64k');
      await writeFile(join(directory, '.holdfast.lock'), '');
      mount(['-o', 'remount,ro', directory]);
      await expect(KernelLock.acquire(join(directory, 'new.lock'))).rejects.toMatchObject({
        code: 'fs.read-only',
      });
      await using lock = await lockRepository(directory, { command: 'verify', shared: true });
      await lock.assertHeld();
      await expect(lockRepository(directory, { command: 'backup' })).rejects.toMatchObject({
        code: 'fs.read-only',
      });
    },
  );

  test('LockFilePermissionDenied is a HoldfastError with its code and a hint', () => {
    const error = new LockFilePermissionDenied('/x');
    expect(error).toMatchObject({
      code: 'lock.permission',
      path: '/x',
      hint: expect.stringMatching(/write access/),
    });
  });

  test('a missing directory is fs.not-found', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'there'));
    await expect(KernelLock.acquire(join(directory, 'missing', 'some.lock'))).rejects.toMatchObject({
      code: 'fs.not-found',
    });
  });
});
