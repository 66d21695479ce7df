import { describe, expect, test } from 'vitest';
import { lastCheck } from '../src/reading/sets.js';
import { checkedAgo, setAged } from './support/statuses.js';

describe('of a set that was found damaged', () => {
  const damaged = setAged(30, { verified: checkedAgo(5, false) });

  test('it is the last check, whatever comes after it unchecked', () => {
    expect(lastCheck([damaged, setAged(6)], [])).toMatchObject({ setId: damaged.id, sound: false });
  });

  test('it is not, where the same check found a later set sound', () => {
    const later = setAged(6, { verified: checkedAgo(5) });
    expect(lastCheck([damaged, later], [])).toMatchObject({ setId: later.id, sound: true });
  });

  test('it is, where only an older set was found sound, or an earlier check did so', () => {
    const older = setAged(40, { verified: checkedAgo(5) });
    const before = setAged(6, { verified: checkedAgo(5.5) });
    expect(lastCheck([older, damaged, before], [])).toMatchObject({ setId: damaged.id, sound: false });
  });
});
