import { expect, test } from 'vitest';
import { FixedClock } from '../src/index.js';

test('a fixed clock moves only when told to', () => {
  const clock = new FixedClock(1000);
  expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
  clock.advance(50);
  expect([clock.now(), clock.monotonic()]).toEqual([1050, 50]);
});

test('setting the wall clock back does not move the monotonic one', () => {
  const clock = new FixedClock(1000);
  clock.set(10);
  expect([clock.now(), clock.monotonic()]).toEqual([10, 0]);
});

test('sleeping takes no time but moves the clock', async () => {
  const clock = new FixedClock(0);
  await clock.sleep(3_600_000);
  expect([clock.now(), clock.monotonic(), clock.sleeps]).toEqual([3_600_000, 3_600_000, [3_600_000]]);
});

test('a sleep that is aborted rejects and moves nothing', async () => {
  const clock = new FixedClock(0);
  const abort = new AbortController();
  const sleeping = clock.sleep(100, abort.signal);
  abort.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  expect(clock.now()).toBe(0);
});
