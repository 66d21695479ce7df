import { describe, expect, test } from 'vitest';
import { compareNames, dataName, parseDataName, stampOf, stampTime } from '../src/names.js';

describe('names in a repository', () => {
  test.each(['fs', 'fsz', 'deltafs', 'deltafsz'])(
    'a .%s file is a data file, and its name is made again',
    (ending) => {
      const name = `2026-11-21-01-02-03.${ending}`;
      const parsed = parseDataName(name);
      expect(parsed).toMatchObject({ stamp: '2026-11-21-01-02-03' });
      expect(dataName(parsed!.stamp, parsed!.kind, parsed!.gzip)).toBe(name);
    },
  );

  test.each([
    '2026-11-21.fs',
    'x2026-11-21-01-02-03.fs',
    '2026-11-21-01-02-03.fs.set-aside',
    'tmp.tmp',
    '2026-11-21-01-02-03.dat',
  ])('%s is none', (name) => {
    expect(parseDataName(name)).toBeUndefined();
  });

  test('in one second the increment sorts before the full, as for repozo', () => {
    const names = ['2026-11-21-01-02-03.fsz', '2026-11-21-01-02-03.deltafsz'].map((name) => ({ name }));
    expect(names.sort(compareNames).map(({ name }) => name)[0]).toContain('deltafsz');
  });

  test('a stamp is the second of a moment in UTC, and back', () => {
    const ms = Date.UTC(2026, 1, 28, 23, 59, 59, 999);
    expect(stampOf(ms)).toBe('2026-02-28-23-59-59');
    expect(stampTime('2026-02-28-23-59-59')).toBe(ms - 999);
    expect(stampTime('2026-02-30-00-00-00')).toBeUndefined();
  });
});
