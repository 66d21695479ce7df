import type { StorageStatus } from '@holdfast/monitor';
import { FixedClock } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { makeStatusSource } from '../src/status-source.js';
import type { ToolkitStorage } from '../src/storages.js';

const site = (name: string, configFile: string): ToolkitStorage => ({
  name,
  source: { kind: 'filestorage', dataFs: '/x' },
  lifeSeconds: 1,
  backups: { kind: 'site', configFile, storage: name },
});
const bare: ToolkitStorage = { ...site('bare', ''), backups: undefined };

/** A reader whose readings end when the test says so. `headline`: the number of the reading. */
function setUp(limits: { readonly longestMs?: number; readonly turnMs?: number } = {}) {
  const clock = new FixedClock(0);
  const begun: string[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const failures: unknown[] = [];
  const source = makeStatusSource({
    storages: [site('a', '/one.toml'), site('b', '/one.toml'), site('c', '/two.toml'), bare],
    ...limits,
    clock,
    onFailure: (error) => failures.push(error),
    read: async (storages) => {
      begun.push(storages.map(({ name }) => name).join(' '));
      const number = begun.length;
      await new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
      const status = { verdict: { headline: String(number) } } as StorageStatus;
      return new Map(storages.map(({ name }) => [name, status]));
    },
  });
  const headline = async (name: string) => (await source.status(name))?.verdict.headline;
  /** Whatever is ready to run has run. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, begun, ends, failures, source, headline, settled };
}

test('storages of one site are read once, and for five seconds not again', async () => {
  const { clock, begun, ends, headline, settled } = setUp();
  const asked = Promise.all([headline('a'), headline('b'), headline('a')]);
  await settled();
  expect(begun).toEqual(['a b']);
  ends[0]!.resolve();
  expect(await asked).toEqual(['1', '1', '1']);
  clock.advance(4_999);
  expect(await headline('b')).toBe('1');
  expect(begun).toHaveLength(1);
});

test('an older reading is given at once while a new one is made; a much older one is not', async () => {
  const { clock, begun, ends, headline, settled } = setUp();
  const first = headline('a');
  await settled();
  ends[0]!.resolve();
  await first;
  clock.advance(5_000);
  expect(await headline('a')).toBe('1');
  expect(await headline('b')).toBe('1');
  await settled();
  expect(begun).toHaveLength(2);
  ends[1]!.resolve();
  await settled();
  expect(await headline('a')).toBe('2');
  clock.advance(15_000);
  const waiting = headline('a');
  await settled();
  ends[2]!.resolve();
  expect(await waiting).toBe('3');
});

test('no two readings run at the same time', async () => {
  const { begun, ends, headline, settled } = setUp();
  const both = Promise.all([headline('a'), headline('c')]);
  await settled();
  expect(begun).toEqual(['a b']);
  ends[0]!.resolve();
  await settled();
  expect(begun).toEqual(['a b', 'c']);
  ends[1]!.resolve();
  expect(await both).toEqual(['1', '2']);
});

test('after a change, nobody is given what was read before it', async () => {
  const { ends, begun, source, headline, settled } = setUp();
  const before = headline('a');
  await settled();
  source.changed('b');
  const after = headline('a');
  ends[0]!.resolve();
  expect(await before).toBe('1');
  await settled();
  expect(begun).toHaveLength(2);
  ends[1]!.resolve();
  expect(await after).toBe('2');
  expect(await headline('b')).toBe('2');
  source.changed('nobody');
});

test('a reading that fails is told to those who wait for it, and the next one is made anew', async () => {
  const { clock, ends, failures, headline, settled } = setUp();
  const failed = expect(headline('a')).rejects.toThrow('no disk');
  await settled();
  ends[0]!.reject(new Error('no disk'));
  await failed;
  const next = headline('a');
  await settled();
  ends[1]!.resolve();
  expect(await next).toBe('2');
  clock.advance(5_000);
  expect(await headline('a')).toBe('2');
  await settled();
  ends[2]!.reject(new Error('no disk again'));
  await settled();
  expect(failures).toEqual([new Error('no disk again')]);
  expect(await headline('a')).toBe('2');
});

test('a storage without backups has no state, an unknown one is an error', async () => {
  const { source } = setUp();
  expect(await source.status('bare')).toBeUndefined();
  await expect(source.status('nobody')).rejects.toMatchObject({ code: 'toolkit.no-storage' });
});

describe('a reading that hangs', () => {
  const limits = { longestMs: 150, turnMs: 30 };
  const late = { code: 'toolkit.server', details: { status: 503 } };

  test('is told as failed in time, and then at once; the others are read meanwhile', async () => {
    const { begun, ends, headline, settled } = setUp(limits);
    const hung = expect(headline('a')).rejects.toMatchObject(late);
    const other = headline('c');
    await expect.poll(() => begun).toEqual(['a b', 'c']);
    ends[1]!.resolve();
    expect(await other).toBe('2');
    await hung;
    const asked = performance.now();
    await expect(headline('b')).rejects.toMatchObject(late);
    expect(performance.now() - asked).toBeLessThan(limits.longestMs / 2);
    expect(begun).toHaveLength(2);
    ends[0]!.resolve();
    await settled();
    expect(await headline('b')).toBe('1');
  });

  test('is the only one of its site, whatever has changed', async () => {
    const { begun, ends, source, headline, settled } = setUp(limits);
    const first = expect(headline('a')).rejects.toMatchObject(late);
    await settled();
    source.changed('a');
    await expect(headline('a')).rejects.toMatchObject(late);
    await first;
    expect(begun).toEqual(['a b']);
    ends[0]!.resolve();
    await expect.poll(() => begun).toHaveLength(2);
    ends[1]!.resolve();
    await settled();
    expect(await headline('a')).toBe('2');
  });
});
