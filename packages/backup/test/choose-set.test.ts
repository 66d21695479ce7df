import { describe, expect, test } from 'vitest';
import type { BackupSet } from '../src/set.js';
import { chooseSet, findSet, newestBeside } from '../src/sets/choose-set.js';
import { at, chain, readingOf, sceneOf } from './support/synthetic-sets.js';

const whole = readingOf(sceneOf([chain([at(1), at(2), at(3)])])).sets;

/** The same sets, some of them not whole. */
const broken = (...ids: readonly string[]): readonly BackupSet[] =>
  whole.map((set) => (ids.includes(set.id) ? { ...set, problems: ['the disk is gone'] } : set));

/** The same sets, some of them found damaged by their last check. */
const damaged = (...ids: readonly string[]): readonly BackupSet[] =>
  whole.map((set) => ({
    ...set,
    verified: { timeMs: Date.UTC(2026, 10, 9, 4, 5), level: 'stored', sound: !ids.includes(set.id) },
  }));
const CHECK = 'its last check (stored, 2026-11-09 04:05 UTC) found it damaged';

const none = (message: string) => expect.objectContaining({ code: 'sets.none', message });

describe('choosing a set', () => {
  test('without a date the newest', () => {
    expect(chooseSet(whole, undefined)).toEqual({ set: whole[2], warnings: [] });
  });

  test('by a date the newest at or before it, which a day alone is not', () => {
    expect(chooseSet(whole, '2026-11-02-23').set.id).toBe(at(2));
    expect(chooseSet(whole, '2026-11-02').set.id).toBe(at(1));
    expect(chooseSet(whole, '2027').set.id).toBe(at(3));
  });

  test('one that is not whole is passed over, and that is said', () => {
    expect(chooseSet(broken(at(3)), undefined)).toEqual({
      set: whole[1],
      warnings: [`the later set ${at(3)} is not whole: the disk is gone`],
    });
  });

  test('by its id also one that is not whole', () => {
    expect(chooseSet(broken(at(2)), at(2))).toEqual({
      set: broken(at(2))[1],
      warnings: ['the disk is gone'],
    });
  });

  test('one that its last check found damaged is passed over, and that is said with how to take it', () => {
    const sets = damaged(at(3));
    expect(chooseSet(sets, undefined)).toEqual({
      set: sets[1],
      warnings: [
        `the later set ${at(3)} is passed over: ${CHECK}; to take it all the same, name it: ${at(3)}`,
      ],
    });
    expect(chooseSet(sets, '2026-11-03-23').set.id).toBe(at(2));
  });

  test('by its id also one that is damaged', () => {
    const sets = damaged(at(2));
    expect(chooseSet(sets, at(2))).toEqual({ set: sets[1], warnings: [`the set ${at(2)}: ${CHECK}`] });
  });

  test('none sound is told with the check of the newest', () => {
    expect(() => chooseSet(damaged(at(1), at(2), at(3)), undefined)).toThrow(
      expect.objectContaining({
        code: 'sets.none',
        message: `no set is whole and sound; the newest, ${at(3)}: ${CHECK}`,
        hint: expect.stringContaining(`name it: ${at(3)}`),
      }),
    );
  });

  test('instead of one that cannot be restored: the newest other that is good', () => {
    expect(newestBeside(damaged(at(3)), at(3))?.id).toBe(at(2));
    expect(newestBeside(whole, at(1))?.id).toBe(at(3));
    expect(newestBeside(damaged(at(1), at(2)), at(3))).toBeUndefined();
  });

  test('none before a date is told with the oldest there is', () => {
    expect(() => chooseSet(whole, '2026-10')).toThrow(
      none(`there is no set of backups at or before 2026-10; the oldest is ${at(1)}`),
    );
    expect(() => chooseSet([], undefined)).toThrow(none('there is no set of backups'));
  });

  test('none whole is told with what is wrong with the newest', () => {
    expect(() => chooseSet(broken(at(1), at(2)), '2026-11-02-23')).toThrow(
      none(`no set at or before 2026-11-02-23 is whole; the newest, ${at(2)}: the disk is gone`),
    );
  });
});

describe('finding a set by its id', () => {
  test('the whole id, or the beginning of one alone', () => {
    expect(findSet(whole, at(2))).toBe(whole[1]);
    expect(findSet(whole, '2026-11-02')).toBe(whole[1]);
  });

  test.each([
    ['2026-11', "'2026-11' is not the id of a set; it begins the ids of 3"],
    ['latest', "'latest' is not the id of a set"],
    [at(9), `there is no set ${at(9)}`],
  ])('%s is none', (id, message) => {
    expect(() => findSet(whole, id)).toThrow(expect.objectContaining({ code: 'sets.not-found', message }));
  });
});
