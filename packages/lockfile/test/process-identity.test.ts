import { expect, test } from 'vitest';
import { livenessOf } from '../src/index.js';
import { ownIdentity, pidLiveness, processStart } from '../src/process-identity.js';
import { startNode } from './node-process.js';

test('this process is alive, by every mark', async () => {
  const identity = await ownIdentity();
  expect(identity.pid).toBe(process.pid);
  expect(await livenessOf(identity)).toBe('alive');
});

test('the start time is read behind a program name with blanks and parentheses', async () => {
  const child = startNode('rename.mjs');
  await child.line('ready');
  const start = await processStart(child.pid);
  expect(start).toMatch(/^\d+$/);
  expect(Number(start)).toBeGreaterThanOrEqual(Number(await processStart(process.pid)));
});

test('a process is dead when it ended, or when the machine was started again', async () => {
  const child = startNode('sleep.mjs');
  await child.line('ready');
  const identity = { ...(await ownIdentity()), pid: child.pid, processStart: await processStart(child.pid) };
  expect(await livenessOf(identity)).toBe('alive');
  expect(await livenessOf({ ...identity, bootId: 'another boot' })).toBe('dead');
  child.kill('SIGKILL');
  await child.ended();
  expect(await livenessOf(identity)).toBe('dead');
});

test('a pid with another start time was reused', async () => {
  const identity = await ownIdentity();
  expect(await livenessOf({ ...identity, processStart: '1' })).toBe('pid-reused');
  expect(await livenessOf({ ...identity, processStart: undefined })).toBe('alive');
});

test('nothing is said of a process on another host', async () => {
  expect(await livenessOf({ ...(await ownIdentity()), host: 'elsewhere' })).toBe('unknown');
});

test('a bare pid is judged by when it was written down', async () => {
  const child = startNode('sleep.mjs');
  await child.line('ready');
  expect(await pidLiveness(child.pid, Date.now())).toBe('alive');
  expect(await pidLiveness(child.pid, Date.now() - 3_600_000)).toBe('pid-reused');
  expect(await pidLiveness(4_194_305, Date.now())).toBe('dead');
  expect(await pidLiveness(0, Date.now())).toBe('dead');
});
