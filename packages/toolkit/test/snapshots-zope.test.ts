import { describe, expect, test } from 'vitest';
import { eventually } from './support/keeper.js';
import { LIFE_MS, restarted, zopeKeeper } from './support/one-storage-keeper.js';

describe('a storage that a Zope holds', () => {
  test('is entered and left there, with the code of the client', async () => {
    const { zope, keeper } = await zopeKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    expect(zope.code).toBe('user/host-1');
    expect(await keeper.currentCode('main')).toBe('user/host-1');
    await keeper.renew('main', 'host-1');
    await keeper.leave('main', 'host-1');
    expect(zope.code).toBeNull();
  });

  test('is left there when its life is over, again and again until that works', async () => {
    const { zope, keeper, clock, lines } = await zopeKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    zope.busy = true;
    await clock.advance(LIFE_MS);
    const tries = () => lines.filter((line) => line.includes('was not left; it is tried again')).length;
    await eventually(() => expect(tries()).toBe(1));
    await clock.advance(10_000);
    await eventually(() => expect(tries()).toBe(2));
    zope.busy = false;
    await clock.advance(10_000);
    await eventually(() => expect(zope.code).toBeNull());
  });

  test('whose answer is lost was entered, and left, all the same', async () => {
    const { zope, keeper } = await zopeKeeper();
    zope.loses = 'enterSnapshot';
    await keeper.enter('main', 'host-1', 'ann');
    zope.loses = 'leaveSnapshot';
    await keeper.leave('main', 'host-1');
    expect(keeper.held('main')).toBeUndefined();
  });

  test('that is in another snapshot, or does not answer, is not entered', async () => {
    const { zope, keeper } = await zopeKeeper();
    zope.code = 'user/somebody-1';
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({
      code: 'toolkit.in-snapshot',
      message: expect.stringContaining('somebody-1'),
    });
    expect(await keeper.currentCode('main')).toBe('user/somebody-1');
    zope.code = null;
    zope.silent = () => true;
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'snapshot.server' });
    await expect(keeper.currentCode('main')).rejects.toMatchObject({ code: 'snapshot.server' });
  });

  test('that did not answer and entered later is told to leave', async () => {
    const { zope, keeper, clock, lines } = await zopeKeeper();
    zope.silent = () => true;
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'snapshot.server' });
    await expect(keeper.enter('main', 'b', 'ann')).rejects.toMatchObject({ code: 'toolkit.busy' });
    zope.silent = () => false;
    zope.code = 'user/a';
    await clock.advance(10_000);
    await eventually(() => expect(zope.code).toBeNull());
    await eventually(() => expect(lines.join('\n')).toContain('an entering that was broken off is undone'));
    await keeper.enter('main', 'b', 'ann');
    expect(zope.code).toBe('user/b');
  });

  test('that left by itself, or is in another snapshot, is lost at the next renewal', async () => {
    for (const code of [null, 'user/somebody-1']) {
      const { zope, keeper, lines } = await zopeKeeper();
      await keeper.enter('main', 'host-1', 'ann');
      zope.code = code;
      await expect(keeper.renew('main', 'host-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
      expect(lines.join('\n')).toContain('warn: a snapshot was lost');
      expect(zope.code).toBe(code);
    }
  });

  test('goes on after the server was killed; one that left meanwhile is forgotten', async () => {
    const made = await zopeKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    const next = await restarted(made, made.keeper, made.clock);
    expect(next.keeper.held('main')).toMatchObject({ code: 'host-1' });
    made.zope.code = null;
    const last = await restarted(made, next.keeper, next.clock);
    expect(last.keeper.held('main')).toBeUndefined();
  });

  test('does not answer when the server starts again: it is left when it does, and its life is over', async () => {
    const made = await zopeKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    made.zope.silent = () => true;
    const next = await restarted(made, made.keeper, made.clock);
    await next.clock.advance(LIFE_MS);
    await eventually(() => expect(next.lines.join('\n')).toContain('it is tried again'));
    made.zope.silent = () => false;
    await next.clock.advance(10_000);
    await eventually(() => expect(made.zope.code).toBeNull());
  });

  test('a snapshot that the server did not enter is left by who knows its code', async () => {
    const { zope, keeper } = await zopeKeeper();
    zope.code = 'user/other-1';
    await expect(keeper.leave('main', 'a')).rejects.toMatchObject({ code: 'toolkit.wrong-code' });
    await keeper.leave('main', 'other-1');
    expect(zope.code).toBeNull();
    await expect(keeper.leave('main', 'other-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
  });
});
