import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { Flock } from '@holdfast/lockfile';
import { FaultyFileSystem, FixedClock, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { makeReadiness } from '../src/health/readiness.js';
import { claimState } from '../src/state-directory.js';

test('the state directory is made, for this user alone, and belongs to one server', async () => {
  const state = join(await temporaryDirectory(), 'lib/holdfast');
  const lock = await claimState(nodeFileSystem, state);
  expect((await stat(state)).mode & 0o777).toBe(0o700);
  await expect(claimState(nodeFileSystem, state)).rejects.toMatchObject({
    code: 'toolkit.busy',
    path: state,
  });
  await lock.release();
  await (await claimState(nodeFileSystem, state)).release();
  expect(await readdir(state)).toEqual(['lock']);
});

test('a directory that others can use, or that is none, is refused', async () => {
  const state = await temporaryDirectory();
  await chmod(state, 0o755);
  await expect(claimState(nodeFileSystem, state)).rejects.toMatchObject({ code: 'toolkit.configuration' });
  await chmod(state, 0o700);
  await mkdir(join(state, 'lock'));
  await expect(claimState(nodeFileSystem, state)).rejects.toMatchObject({ code: 'lock.not-a-regular-file' });
  const file = join(state, 'file');
  await writeFile(file, '');
  await expect(claimState(nodeFileSystem, file)).rejects.toMatchObject({
    message: expect.stringContaining('is no directory'),
  });
});

test('a file system whose locks are none is refused', async () => {
  const state = await temporaryDirectory();
  const flock = (tryLock: Flock['tryLock']): Flock => ({ name: 'koffi', tryLock, unlock: () => {} });
  const everybody = flock(() => 'locked');
  await expect(claimState(nodeFileSystem, state, everybody)).rejects.toMatchObject({
    code: 'lock.unavailable',
  });
  const nobody = flock((_descriptor, _mode, path) => {
    throw new HoldfastError('lock.unavailable', 'kernel locks are not available here', { path });
  });
  await expect(claimState(nodeFileSystem, state, nobody)).rejects.toMatchObject({ code: 'lock.unavailable' });
  await (await claimState(nodeFileSystem, state)).release();
});

test('a server is ready while it runs and its directory can be written', async () => {
  const state = await temporaryDirectory();
  const fs = new FaultyFileSystem(nodeFileSystem);
  const clock = new FixedClock(0);
  let running = false;
  const ready = makeReadiness({ fs, clock, state }, () => running);
  expect(await ready()).toBe(false);
  running = true;
  expect(await ready()).toBe(true);
  fs.fail('create', 'ENOSPC');
  expect(await ready()).toBe(true);
  clock.advance(1_000);
  expect(await ready()).toBe(false);
  running = false;
  expect(await ready()).toBe(false);
});

test('what a killed look left behind is in no way', async () => {
  const state = await temporaryDirectory();
  await writeFile(join(state, '.writable'), '');
  const ready = makeReadiness({ fs: nodeFileSystem, clock: systemClock, state }, () => true);
  expect(await ready()).toBe(true);
  expect(await readdir(state)).toEqual([]);
});
