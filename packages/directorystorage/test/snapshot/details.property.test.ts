import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDetails } from '../../src/snapshot/details.js';

const WHOLE = { code: 'host-1', lifeSeconds: 600, until: '2026-11-21T12:00:00.000Z' };
const FROZEN = {
  path: '/srv/.holdfast-frozen-0123456789ab/Data.fs',
  size: '9007199254740',
  tid: '03f0c2a4b5d6e7f8',
};

describe('what a server tells of a snapshot', () => {
  test('is read, numbers also as text', () => {
    expect(parseDetails({ ...WHOLE, directory: '/srv/ds' })).toEqual({
      code: 'host-1',
      lifeSeconds: 600,
      directory: '/srv/ds',
      frozen: undefined,
    });
    expect(parseDetails({ ...WHOLE, lifeSeconds: '600', ...FROZEN })).toEqual({
      code: 'host-1',
      lifeSeconds: 600,
      directory: undefined,
      frozen: { ...FROZEN, size: 9007199254740 },
    });
    expect(parseDetails({ ...WHOLE, ...FROZEN, tid: null })?.frozen?.tid).toBe('0000000000000000');
  });

  test('without a code or a life is nothing', () => {
    for (const value of [null, '', [], {}, { code: 'a' }, { ...WHOLE, code: '' }, { ...WHOLE, code: 1 }]) {
      expect(parseDetails(value)).toBeUndefined();
    }
    for (const lifeSeconds of [0, -1, 1.5, Number.NaN, '', '-1', '1e3', '9'.repeat(16)]) {
      expect(parseDetails({ ...WHOLE, lifeSeconds })).toBeUndefined();
    }
  });

  test('of a frozen file that cannot be is as if it told of none', () => {
    for (const change of [
      { path: 'Data.fs' },
      { path: '/srv/\0' },
      { path: `/${'x'.repeat(5000)}` },
      { size: '-1' },
      { size: 1.5 },
      { size: '99999999999999999999' },
      { tid: 'not a tid' },
    ]) {
      const details = parseDetails({ ...WHOLE, ...FROZEN, ...change });
      expect(details).toMatchObject({ code: 'host-1' });
      expect(details?.frozen).toBeUndefined();
    }
  });

  test('whatever it is, is read or refused: the life is between a second and what a timer can do', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({
            code: fc.anything(),
            lifeSeconds: fc.oneof(fc.integer(), fc.anything()),
            path: fc.anything(),
          }),
        ),
        (value) => {
          const details = parseDetails(value);
          if (details === undefined) return;
          expect(details.lifeSeconds).toBeGreaterThanOrEqual(1);
          expect(details.lifeSeconds * 1000).toBeLessThan(2 ** 31);
          expect(details.code).not.toBe('');
        },
      ),
    );
  });
});
