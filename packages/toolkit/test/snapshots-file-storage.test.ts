import { existsSync } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { appendTransactions, FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { eventually, frozenBeside, makeFileStorage, startKeeper, storageOf } from './support/keeper.js';
import { MovedClock } from './support/moved-clock.js';
import { fileKeeper, LIFE_MS, restarted } from './support/one-storage-keeper.js';

describe('a FileStorage', () => {
  test('is frozen up to its last transaction, whatever is written or packed, until it is left', async () => {
    const { dataFs, keeper, clock } = await fileKeeper();
    const before = await readFile(dataFs);
    const held = await keeper.enter('main', 'host-1', 'ann');
    const now = clock.now();
    expect(held).toMatchObject({
      code: 'host-1',
      by: 'ann',
      enteredMs: now,
      renewedMs: now,
      untilMs: now + LIFE_MS,
    });
    expect(held.frozen).toMatchObject({ size: before.length, tid: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(keeper.held('main')).toEqual(held);
    expect(await keeper.currentCode('main')).toBe('user/host-1');
    await appendTransactions(nodeFileSystem, dataFs, { transactions: 2 });
    await rename(dataFs, `${dataFs}.old`);
    await writeFile(dataFs, 'packed');
    expect((await readFile(held.frozen!.path)).subarray(0, held.frozen!.size)).toEqual(before);
    await keeper.leave('main', 'host-1');
    expect(await frozenBeside(dataFs)).toEqual([]);
    expect(keeper.held('main')).toBeUndefined();
    expect(await keeper.currentCode('main')).toBeNull();
  });

  test('is in one snapshot at a time, which its code alone leaves and renews', async () => {
    const { keeper } = await fileKeeper();
    for (const call of [() => keeper.leave('main', 'a'), () => keeper.renew('main', 'a')]) {
      await expect(call()).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
    }
    const both = await Promise.allSettled([
      keeper.enter('main', 'a', 'ann'),
      keeper.enter('main', 'b', 'bob'),
    ]);
    expect(both[1]).toMatchObject({
      reason: {
        code: 'toolkit.in-snapshot',
        message: expect.stringContaining('already in use: user/a, entered by ann'),
      },
    });
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'toolkit.in-snapshot' });
    for (const call of [() => keeper.leave('main', 'b'), () => keeper.renew('main', 'b')]) {
      await expect(call()).rejects.toMatchObject({ code: 'toolkit.wrong-code' });
    }
    await keeper.leave('main', 'a');
    await keeper.enter('main', 'b', 'bob');
  });

  test('is left when its life since the last renewal is over, loudly', async () => {
    const { dataFs, keeper, clock, lines } = await fileKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    for (let renewals = 0; renewals < 5; renewals += 1) {
      await clock.advance(LIFE_MS - 1);
      const held = await keeper.renew('main', 'host-1');
      expect(held).toMatchObject({ renewedMs: clock.now(), untilMs: clock.now() + LIFE_MS });
    }
    await clock.advance(LIFE_MS - 1);
    expect(await frozenBeside(dataFs)).toHaveLength(1);
    await clock.advance(1);
    await eventually(() => expect(keeper.held('main')).toBeUndefined());
    expect(await frozenBeside(dataFs)).toEqual([]);
    const loud = lines.filter((line) => line.startsWith('warn'));
    expect(loud).toEqual([
      expect.stringMatching(/outlived its life.*"main".*"host-1".*"ann".*"2026-11-21T12:00:00/),
    ]);
    await expect(keeper.renew('main', 'host-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
  });

  test('is not left earlier or later for a wall clock that was set', async () => {
    const { keeper, clock } = await fileKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    clock.set(clock.now() + 10 * LIFE_MS);
    await clock.advance(LIFE_MS - 1);
    expect(keeper.held('main')).toBeDefined();
    clock.set(0);
    await clock.advance(1);
    await eventually(() => expect(keeper.held('main')).toBeUndefined());
  });

  test('goes on after the server was killed, until its life is over', async () => {
    const made = await fileKeeper();
    const { dataFs, keeper, clock } = made;
    const held = await keeper.enter('main', 'host-1', 'ann');
    await clock.advance(LIFE_MS / 2);
    const next = await restarted(made, keeper, clock);
    expect(next.keeper.held('main')).toEqual(held);
    await next.clock.advance(LIFE_MS / 2 - 1);
    expect(await frozenBeside(dataFs)).toHaveLength(1);
    await next.clock.advance(1);
    await eventually(() => expect(next.keeper.held('main')).toBeUndefined());
    expect(await frozenBeside(dataFs)).toEqual([]);
    expect(existsSync(join(made.stateDirectory, 'snapshots.json'))).toBe(false);
  });

  test('whose renewal was written goes on from that', async () => {
    const made = await fileKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    await made.clock.advance(LIFE_MS - 1);
    const renewed = await made.keeper.renew('main', 'host-1');
    await made.clock.advance(LIFE_MS - 1);
    const next = await restarted(made, made.keeper, made.clock);
    expect(next.keeper.held('main')).toEqual(renewed);
    await next.keeper.leave('main', 'host-1');
  });

  test.each([
    ['forwards', 10 * LIFE_MS, 0],
    ['backwards', -10 * LIFE_MS, LIFE_MS],
  ])('over a restart with a clock set %s lives no longer than a life', async (_, jump, expected) => {
    const made = await fileKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    await made.keeper.drop();
    const next = await startKeeper({ ...made, clock: new MovedClock(made.clock.now() + jump) });
    expect(next.keeper.held('main') === undefined).toBe(expected === 0);
    expect(next.keeper.held('main')?.untilMs ?? 0).toBeLessThanOrEqual(next.clock.now() + LIFE_MS);
    await next.clock.advance(expected);
    await eventually(() => expect(next.keeper.held('main')).toBeUndefined());
    expect(await frozenBeside(made.dataFs)).toEqual([]);
  });

  test('whose frozen file is gone or another one after a restart is forgotten, loudly', async () => {
    for (const spoil of [
      (path: string) => rm(join(path, '..'), { recursive: true }),
      (path: string) => rm(path),
      async (path: string) => {
        await writeFile(`${path}.new`, await readFile(path));
        await rename(`${path}.new`, path);
      },
    ]) {
      const made = await fileKeeper();
      const { frozen } = await made.keeper.enter('main', 'host-1', 'ann');
      await made.keeper.drop();
      await spoil(frozen!.path);
      const next = await startKeeper({ ...made, clock: new MovedClock() });
      expect(next.keeper.held('main')).toBeUndefined();
      expect(next.lines.join('\n')).toMatch(/warn: a snapshot of before the restart is no more.*"host-1"/);
      expect(await frozenBeside(made.dataFs)).toEqual([]);
      await next.keeper.enter('main', 'host-2', 'ann');
    }
  });

  test('that is overwritten in place is lost at the next renewal', async () => {
    const { dataFs, keeper, lines } = await fileKeeper();
    const { frozen } = await keeper.enter('main', 'host-1', 'ann');
    await writeFile(frozen!.path, Buffer.alloc((await stat(dataFs)).size));
    await expect(keeper.renew('main', 'host-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
    expect(lines.join('\n')).toContain('warn: a snapshot was lost');
    expect(await frozenBeside(dataFs)).toEqual([]);
  });

  test('that is missing or damaged is an error, and in no snapshot', async () => {
    const { dataFs, keeper, stateDirectory } = await fileKeeper();
    await writeFile(dataFs, 'no storage at all');
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'filestorage.bad-magic' });
    await rm(dataFs);
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'source.missing' });
    expect(keeper.held('main')).toBeUndefined();
    expect(existsSync(join(stateDirectory, 'snapshots.json'))).toBe(false);
  });

  test('cannot be entered on a full disk, but left', async () => {
    const dataFs = await makeFileStorage();
    const fs = new FaultyFileSystem();
    const storages = [storageOf('main', { kind: 'filestorage', dataFs })];
    const { keeper } = await startKeeper({ storages, stateDirectory: await temporaryDirectory(), fs });
    fs.fail('write', 'ENOSPC', { times: Number.POSITIVE_INFINITY });
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'fs.no-space' });
    expect(await frozenBeside(dataFs)).toEqual([]);
    fs.clearFaults();
    await keeper.enter('main', 'a', 'ann');
    fs.fail('write', 'ENOSPC', { times: Number.POSITIVE_INFINITY });
    await keeper.renew('main', 'a');
    await keeper.leave('main', 'a');
    expect(await frozenBeside(dataFs)).toEqual([]);
  });
});
