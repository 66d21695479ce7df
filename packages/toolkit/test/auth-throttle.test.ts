import { FixedClock } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { addressKey, isLoopback, localKey, UNIX_SOCKET } from '../src/auth/address-key.js';
import { Throttle } from '../src/auth/throttle.js';

const HERE = { address: '192.0.2.1', user: 'admin' };
const ELSEWHERE = { address: '198.51.100.7', user: 'admin' };
const MINUTE = 60_000;

function failing(throttle: Throttle, who = HERE, times = 1): void {
  for (let n = 0; n < times; n++) throttle.begin(who);
}

function make() {
  const clock = new FixedClock();
  return { clock, throttle: new Throttle(clock) };
}

describe('who guesses', () => {
  test('fails four times for nothing; from the fifth on has to wait, twice as long each time, 15 minutes at the most', () => {
    const { clock, throttle } = make();
    const waits: number[] = [];
    for (let n = 0; n < 18; n++) {
      failing(throttle);
      waits.push(throttle.waitMs(HERE) / 1000);
      clock.advance(throttle.waitMs(HERE));
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
  });

  test('is forgotten after 15 minutes of quiet since the waiting, and not before', () => {
    const { clock, throttle } = make();
    failing(throttle, HERE, 5);
    clock.advance(15 * MINUTE + 1000 - 1);
    failing(throttle);
    expect(throttle.waitMs(HERE)).toBe(2000);
    clock.advance(15 * MINUTE + 2000);
    expect(throttle.hasFailures(HERE)).toBe(false);
    failing(throttle);
    expect(throttle.waitMs(HERE)).toBe(0);
  });

  test('who tries while waiting waits no longer for it, and is not forgotten meanwhile', () => {
    const { clock, throttle } = make();
    failing(throttle, HERE, 8);
    expect(throttle.waitMs(HERE)).toBe(8000);
    for (let n = 0; n < 8; n++) {
      throttle.refused(HERE);
      clock.advance(1000);
    }
    expect(throttle.waitMs(HERE)).toBe(0);
    for (let n = 0; n < 20; n++) {
      clock.advance(MINUTE);
      throttle.refused(HERE);
    }
    failing(throttle);
    expect(throttle.waitMs(HERE)).toBe(16_000);
  });

  test('waits by the monotonic clock: setting the wall clock changes nothing', () => {
    const { clock, throttle } = make();
    failing(throttle, HERE, 7);
    clock.set(Date.UTC(2031, 0));
    expect(throttle.waitMs(HERE)).toBe(4000);
    clock.set(0);
    expect(throttle.waitMs(HERE)).toBe(4000);
  });

  test('has many tries under way at once: they count as failed until they are not', () => {
    const { throttle } = make();
    const attempts = Array.from({ length: 5 }, () => throttle.begin(HERE));
    expect(throttle.waitMs(HERE)).toBeGreaterThan(0);
    for (const attempt of attempts) attempt.abandoned();
    expect(throttle.waitMs(HERE)).toBe(0);
    expect(throttle.hasFailures(HERE)).toBe(false);
  });

  test('guesses other users from the same address: the address waits', () => {
    const { throttle } = make();
    for (let n = 0; n < 5; n++) failing(throttle, { ...HERE, user: `user${n}` });
    expect(throttle.waitMs({ ...HERE, user: 'another' })).toBe(1000);
  });

  test('an own account is no way to have the failures of the address forgotten', () => {
    const { throttle } = make();
    for (let n = 0; n < 5; n++) {
      failing(throttle);
      throttle.begin({ ...HERE, user: 'eve' }).succeeded();
    }
    expect(throttle.waitMs(HERE)).toBe(1000);
    expect(throttle.waitMs({ ...HERE, user: 'eve' })).toBe(0);
  });
});

test('a success beside a failure takes back its own, and no more', () => {
  const { clock, throttle } = make();
  failing(throttle, HERE, 4);
  const good = throttle.begin({ ...HERE, user: 'eve' });
  clock.advance(10);
  failing(throttle);
  good.succeeded();
  expect(throttle.waitMs(HERE)).toBe(2000);
});

describe('a user who is guessed at', () => {
  test('gets in from everywhere else', () => {
    const { throttle } = make();
    failing(throttle, ELSEWHERE, 1000);
    expect(throttle.waitMs(ELSEWHERE)).toBe(15 * MINUTE);
    expect(throttle.waitMs(HERE)).toBe(0);
  });

  test('gets in from an address that others spoil, when the user has got in there lately', () => {
    const { clock, throttle } = make();
    throttle.begin(HERE).succeeded();
    for (let n = 0; n < 100; n++) failing(throttle, { ...HERE, user: `user${n}` });
    expect(throttle.waitMs(HERE)).toBe(0);
    expect(throttle.waitMs({ ...HERE, user: 'new' })).toBe(15 * MINUTE);
    failing(throttle, HERE, 5);
    expect(throttle.waitMs(HERE)).toBe(1000);
    clock.advance(12 * 3_600_000);
    expect(throttle.isKnown(HERE)).toBe(false);
  });

  test('a success takes back what the user mistyped', () => {
    const { throttle } = make();
    failing(throttle, HERE, 4);
    throttle.begin(HERE).succeeded();
    failing(throttle, HERE, 4);
    expect(throttle.waitMs(HERE)).toBe(0);
  });

  test('remembered proofs help no longer where a hundred were tried beside them', () => {
    const { throttle } = make();
    throttle.begin(HERE).succeeded();
    failing(throttle, HERE, 6);
    for (let n = 0; n < 93; n++) throttle.refused(HERE);
    expect(throttle.mayUseProof(HERE)).toBe(true);
    throttle.refused(HERE);
    expect(throttle.mayUseProof(HERE)).toBe(false);
    expect(throttle.mayUseProof(ELSEWHERE)).toBe(true);
  });
});

describe('tries with names that are made up', () => {
  const flood = (throttle: Throttle, times: number) => {
    const counted: number[] = [];
    for (let n = 0; n < times; n++) counted.push(throttle.refused({ ...HERE, user: `made-up-${n}` }));
    return counted;
  };

  test('make nobody forget how often a user was guessed at', () => {
    const { throttle } = make();
    throttle.begin(HERE).succeeded();
    failing(throttle, HERE, 12);
    for (let n = 0; n < 5; n++) failing(throttle, { ...HERE, user: `user${n}` });
    const size = throttle.size;
    expect(throttle.waitMs(HERE)).toBe(128_000);
    flood(throttle, 10_001);
    expect(throttle.waitMs(HERE)).toBe(128_000);
    expect(throttle.size).toBe(size);
    failing(throttle);
    expect(throttle.waitMs(HERE)).toBe(256_000);
  });

  test('are counted for the address: ten thousand of them are no ten thousand first times', () => {
    const { throttle } = make();
    failing(throttle, HERE, 5);
    expect(flood(throttle, 1000).at(-1)).toBe(1000);
    expect(throttle.refused(HERE)).toBe(1);
  });

  test('are counted together where nothing is remembered of their addresses', () => {
    const { throttle } = make();
    expect([throttle.refused(HERE), throttle.refused(ELSEWHERE)]).toEqual([1, 2]);
    expect(throttle.size).toBe(0);
  });
});

test.each([UNIX_SOCKET, localKey('127.0.0.1', undefined), localKey('::1', 1000)])(
  'from %s nobody waits longer than five seconds',
  (address) => {
    const { throttle } = make();
    const who = { address, user: 'admin' };
    failing(throttle, who, 1000);
    expect(throttle.waitMs(who)).toBe(5000);
  },
);

test('what is remembered is bounded, and the address that guesses is not forgotten for it', () => {
  const { throttle } = make();
  for (let n = 0; n < 25_000; n++) {
    throttle.begin({ address: `10.0.${n >> 8}.${n & 255}`, user: 'x'.repeat(2000) + n });
    if (n % 5000 === 0) failing(throttle);
  }
  failing(throttle);
  expect(throttle.size).toBeLessThanOrEqual(20_000);
  expect(throttle.waitMs(HERE)).toBe(2000);
});

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    [undefined, 'unix'],
    ['', 'unix'],
  ])('%s counts as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  test.each([
    ['127.0.0.1', 'local 127.0.0.1 uid 7'],
    ['127.9.8.7', 'local 127.9.8.7 uid 7'],
    ['::ffff:127.0.0.1', 'local 127.0.0.1 uid 7'],
    ['::FFFF:7f00:1', 'local 127.0.0.1 uid 7'],
    ['::1', 'local ::1 uid 7'],
    ['0:0:0:0:0:0:0:1', 'local ::1 uid 7'],
  ])('%s is one of this machine: %s', (address, key) => {
    expect(isLoopback(address)).toBe(true);
    expect(localKey(address, 7)).toBe(key);
  });

  test.each([
    '128.0.0.1',
    '::ffff:10.0.0.1',
    '::2',
    '::',
    '2001:db8::1',
    '::127.0.0.1',
    'unix',
    '',
    undefined,
  ])('%s is none of this machine', (address) => {
    expect(isLoopback(address)).toBe(false);
  });
});
