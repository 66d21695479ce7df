import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { loadKoffi } from '../src/koffi-binding.js';
import { childScript, startNode } from './node-process.js';

const WITHOUT_KOFFI = ['--require', childScript('without-koffi.cjs')];

describe('the way to flock', () => {
  test('koffi’s binary is loaded without its entry, and is of the same version', async () => {
    const manifest = createRequire(import.meta.url)
      .resolve('koffi')
      .replace('index.cjs', 'package.json');
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
    expect(loadKoffi().version).toBe(version);
    const { stdout } = await startNode('which-flock.mjs').ended();
    expect(stdout).toContain('flock koffi');
    expect(stdout).toContain('entry of koffi loaded: false');
  });

  test('nothing is loaded before the first lock', async () => {
    const { stdout } = await startNode('which-flock.mjs').ended();
    expect(stdout).toContain('before: koffi false, proper-lockfile false');
  });

  test('without koffi it is util-linux’ program', async () => {
    const { stdout } = await startNode('which-flock.mjs', [], { nodeArgs: WITHOUT_KOFFI }).ended();
    expect(stdout).toContain('flock util-linux');
  });

  test('without both, kernel locks are unavailable, which is never "free" and never "busy"', async () => {
    const options = { nodeArgs: WITHOUT_KOFFI, env: { PATH: '/nonexistent' } };
    const path = join(await temporaryDirectory(), 'some.lock');
    for (const kind of ['kernel', 'barman', 'storage']) {
      const { status, stdout } = await startNode('hold.mjs', [kind, path], options).ended();
      expect(status).toBe(9);
      expect(stdout).toContain('error lock.unavailable');
    }
  });

  test('without both, a repository is locked by a lease', async () => {
    const options = { nodeArgs: WITHOUT_KOFFI, env: { PATH: '/nonexistent' } };
    const directory = await temporaryDirectory();
    const holder = startNode('hold.mjs', ['repository', directory], options);
    await holder.line('held lease');
    const second = await startNode('hold.mjs', ['repository', directory], options).ended();
    expect(second.stdout).toContain(`locked by 'test hold' (process ${holder.pid}`);
  });
});
