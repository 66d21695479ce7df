import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CATALOGUE, EXIT, exitStatusOf, HoldfastError } from '../src/index.js';

const codes = Object.keys(CATALOGUE) as (keyof typeof CATALOGUE)[];
const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** The cells of the rows below a heading of docs/errors.md. */
function table(heading: string): string[][] {
  const section = document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the catalogue', () => {
  test.each(codes)('%s has a status, a meaning and a hint', (code) => {
    const { exit, meaning, hint } = CATALOGUE[code];
    expect(Object.values(EXIT)).toContain(exit);
    expect(meaning).toMatch(/^[A-Z].*\.$/s);
    expect(hint).toMatch(/^[A-Z].*\.$/s);
  });

  test('has codes of one or two words, the family first', () => {
    expect(codes.filter((code) => !/^([a-z]+\.)?[a-z]+(-[a-z]+)*$/.test(code))).toEqual([]);
  });

  test('ends successfully only where nothing failed', () => {
    expect(codes.filter((code) => CATALOGUE[code].exit === EXIT.ok)).toEqual(['restore.declined']);
  });

  test('marks everything that is busy, and nothing that is refused for good, as worth another try', () => {
    const locks = codes.filter((code) => code.startsWith('lock.') && CATALOGUE[code].exit === EXIT.busy);
    expect(locks.every((code) => CATALOGUE[code].retryable === true)).toBe(true);
    expect(CATALOGUE['repository.other-history'].retryable).toBeUndefined();
  });
});

describe('docs/errors.md', () => {
  test('has each exit status, and no other', () => {
    const documented = table('Exit statuses').map(([status, name]) => [name, Number(status)]);
    expect(documented).toEqual(Object.entries(EXIT));
  });

  test('has each code with its status, meaning and hint, and no other', () => {
    const expected = codes.map((code) => {
      const { exit, meaning, hint, retryable } = CATALOGUE[code];
      return [`\`${code}\``, String(exit), retryable === true ? 'retry' : '', meaning, hint];
    });
    expect(table('Codes')).toEqual(expected);
  });
});

test('a command ends with the status of its error, and with 1 for what is not one of ours', () => {
  for (const code of codes) expect(exitStatusOf(new HoldfastError(code, 'x'))).toBe(CATALOGUE[code].exit);
  expect(exitStatusOf(new Error('x'))).toBe(EXIT.failure);
  expect(exitStatusOf(undefined)).toBe(EXIT.failure);
});
