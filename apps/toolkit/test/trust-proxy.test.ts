import { expect, test } from 'vitest';
import { trustsProxy } from '../src/server/trust-proxy.js';

test('only the named addresses and networks may say whom they speak for', () => {
  const trusts = trustsProxy(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']);
  for (const address of ['127.0.0.1', '10.1.2.3', '2001:db8::1', '::ffff:127.0.0.1', '::ffff:10.9.9.9'])
    expect(trusts(address), address).toBe(true);
  for (const address of ['127.0.0.2', '11.0.0.1', '2001:db9::1', '::1', 'unix', 'garbage', '', undefined])
    expect(trusts(address), address).toBe(false);
});

test('who connects to the unix socket is trusted only where that is said', () => {
  expect(trustsProxy(['unix'])(undefined)).toBe(true);
  expect(trustsProxy(['unix'])('127.0.0.1')).toBe(false);
  expect(trustsProxy(['127.0.0.1'])(undefined)).toBe(false);
});
