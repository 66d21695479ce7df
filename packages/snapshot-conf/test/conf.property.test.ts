import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ConfLine, formatSnapshotConf, methodsOf, parseSnapshotConf, problemsOf } from '../src/index.js';

const word = fc.stringMatching(/^[A-Za-z0-9_./~@-]{1,12}$/);
const line: fc.Arbitrary<ConfLine> = fc.oneof(
  fc.constant<ConfLine>({ kind: 'blank' }),
  fc.constantFrom<ConfLine>({ kind: 'direct' }, { kind: 'nodirect' }, { kind: 'direct', rest: 'a b' }),
  fc.record({ kind: fc.constant('http' as const), url: fc.webUrl(), access: word }),
  word.map((text): ConfLine => ({ kind: 'comment', text: `# ${text}` })),
);

/** Close to what such files hold, and all else. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('direct', 'nodirect', 'http', 'http://a/x', ' ', '\n', '\r', '#', ':', 'access'))
    .map((words) => words.join('')),
);

test('what is printed is read back', () => {
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      expect(parseSnapshotConf(formatSnapshotConf(lines))).toEqual(lines);
    }),
  );
});

test('what is read is printed, but for blanks, and read back the same', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const lines = parseSnapshotConf(text);
      expect(parseSnapshotConf(formatSnapshotConf(lines))).toEqual(lines);
    }),
  );
});

test('every line is a method, a problem, blank or nodirect; numbers are those of the file', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const lines = parseSnapshotConf(text);
      const said = [
        ...methodsOf(lines).map((method) => method.line),
        ...problemsOf(lines).map((problem) => problem.line),
      ];
      const numbers = said.filter((number) => number !== undefined);
      const silent = lines.flatMap(({ kind }, index) =>
        kind === 'blank' || kind === 'nodirect' ? [index + 1] : [],
      );
      expect([...numbers, ...silent].sort((a, b) => a - b)).toEqual(lines.map((_, index) => index + 1));
    }),
  );
});

test('direct is among the methods unless nodirect stands there without it', () => {
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const has = (kind: string) => lines.some((one) => one.kind === kind);
      const tried = methodsOf(lines).some(({ kind }) => kind === 'direct');
      expect(tried).toBe(has('direct') || !has('nodirect'));
    }),
  );
});
