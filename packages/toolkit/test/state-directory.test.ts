import { EventEmitter, once } from 'node:events';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { Flock } from '@holdfast/lockfile';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { startProblems } from '../src/check-start.js';
import { makeReadiness } from '../src/health/readiness.js';
import { claimState } from '../src/state-directory.js';
import { accessFile } from './support/auth-app.js';
import { MovedClock } from './support/moved-clock.js';

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

test('one that this user cannot make is a problem that is told before the start', async () => {
  const { path: access } = await accessFile('admin:geheim admin\n');
  const state = '/proc/sys/kernel/holdfast';
  const [problem, ...others] = await startProblems({ state, access });
  expect(others).toEqual([]);
  expect(problem).toMatchObject({
    code: 'toolkit.configuration',
    path: state,
    message: expect.stringMatching(/is not there and cannot be made: .*\/proc\/sys\/kernel/),
  });
  expect(await startProblems({ state: join(await temporaryDirectory(), 'new'), access })).toEqual([]);
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

test('a full disk keeps no server from starting', async () => {
  const state = await temporaryDirectory();
  await (await claimState(nodeFileSystem, state)).release();
  const fs = new FaultyFileSystem().fail('write', 'ENOSPC', { times: Infinity });
  await (await claimState(fs, state)).release();
});

test('a server is ready while it runs and its directory can be written', async () => {
  const state = await temporaryDirectory();
  const fs = new FaultyFileSystem(nodeFileSystem);
  const clock = new MovedClock();
  let running = false;
  const ready = makeReadiness({ fs, clock, state }, () => running);
  expect(await ready()).toBe(false);
  running = true;
  expect(await ready()).toBe(true);
  fs.fail('create', 'ENOSPC');
  expect(await ready()).toBe(true);
  await clock.advance(1_000);
  expect(await ready()).toBe(false);
  await clock.advance(1_000);
  expect(await ready()).toBe(true);
  running = false;
  expect(await ready()).toBe(false);
});

test.each(['write', 'sync'] as const)(
  'a disk where an empty file can be made and a %s fails is not ready, and nothing is left behind',
  async (method) => {
    const state = await temporaryDirectory();
    const fs = new FaultyFileSystem().fail(method, 'ENOSPC');
    const clock = new MovedClock();
    const ready = makeReadiness({ fs, clock, state }, () => true);
    expect(await ready()).toBe(false);
    expect(await readdir(state)).toEqual([]);
    expect(fs.openFiles).toEqual([]);
    await clock.advance(1_000);
    expect(await ready()).toBe(true);
    expect(fs.calls.filter((call) => call.method === 'write').at(-1)?.length).toBe(4096);
  },
);

test('a disk that hangs is asked once, and whoever asks gets an answer after two seconds', async () => {
  const state = await temporaryDirectory();
  const fs = new FaultyFileSystem();
  const hanging = new EventEmitter();
  fs.before('create', async () => {
    await once(hanging, 'goes on');
  });
  const clock = new MovedClock();
  const ready = makeReadiness({ fs, clock, state }, () => true);
  const creations = () => fs.calls.filter(({ method }) => method === 'create').length;
  const first = ready();
  await expect.poll(creations).toBe(1);
  await clock.advance(1_500);
  const second = ready();
  await clock.advance(500);
  expect(await Promise.all([first, second])).toEqual([false, false]);
  for (let seconds = 0; seconds < 60; seconds++) {
    await clock.advance(1_000);
    expect(await ready()).toBe(false);
  }
  expect(creations()).toBe(1);

  hanging.emit('goes on');
  await expect.poll(() => readdir(state)).toEqual([]);
  await expect
    .poll(async () => {
      await clock.advance(1_000);
      return ready();
    })
    .toBe(true);
  expect(creations()).toBeGreaterThan(1);
});

test('what a killed look left behind is in no way', async () => {
  const state = await temporaryDirectory();
  await writeFile(join(state, '.writable'), '');
  const ready = makeReadiness({ fs: nodeFileSystem, clock: systemClock, state }, () => true);
  expect(await ready()).toBe(true);
  expect(await readdir(state)).toEqual([]);
});
