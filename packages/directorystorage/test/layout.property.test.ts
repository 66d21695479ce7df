import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FORMATS, nameAt, pathOf } from '../src/index.js';
import { OBJECT_PLACES } from '../src/layout.js';
import { currentName, parseName, revisionName, transactionName } from '../src/names.js';

const id = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((n) => n.toString(16).toUpperCase().padStart(16, '0'));
const name = fc.oneof(
  id.map(currentName),
  fc.tuple(id, id).map(([oid, tid]) => revisionName(oid, tid)),
  id.map((oid) => `o${oid}`),
  id.map(transactionName),
  fc.constantFrom('x.oid', 'x.serial', 'x.packed'),
);

describe.each(FORMATS)('the layout %s', (format) => {
  test('gives each name a path of its own, and finds the name again', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(nameAt(format, pathOf(format, text))).toBe(text);
      }),
    );
  });

  test('has the beginning of an object’s paths', () => {
    fc.assert(
      fc.property(id, id, (oid, tid) => {
        const { cuts, end } = OBJECT_PLACES[format];
        const digits = [...oid].map((digit, at) => (cuts.includes(at) ? `/${digit}` : digit)).join('');
        expect(`o${digits}${end}${tid}`).toBe(pathOf(format, revisionName(oid, tid)));
        expect(`o${digits}${end}c`).toBe(pathOf(format, currentName(oid)));
      }),
    );
  });
});

test('paths are those of DirectoryStorage', () => {
  const paths = (text: string) => FORMATS.map((format) => pathOf(format, text));
  expect(paths('o0123456789abcdef.c')).toEqual([
    'o0/12/34/56/78/9a/bc/def/c',
    'o012/345/678/9ab/cdef.c',
    'o0123456789abcdef/c',
    'o0123456789abcdef.c',
  ]);
  expect(paths('o0123456789abcdef')).toEqual([
    'o0/12/34/56/78/9a/bc/def',
    'o012/345/678/9ab/cdef',
    'o0123456789abcdef',
    'o0123456789abcdef',
  ]);
  expect(paths('t040D27.4A290810CC')).toEqual([
    't0/40/D27/4A290810CC',
    't040/D27.4A290810CC',
    't040D27/4A290810CC',
    't040D27.4A290810CC',
  ]);
  expect(paths('x.oid')).toEqual(['x/oid', 'x/oid', 'x/oid', 'x.oid']);
});

test('only names of the database are names', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseName(text)).toBeUndefined();
    }),
  );
  for (const text of [
    'o0123456789abcdef.c',
    'o0123456789ABCDEF.c-17-deleted',
    't040D27.4A290810C',
    'x.y',
    '../x.oid',
  ])
    expect(parseName(text)).toBeUndefined();
});
