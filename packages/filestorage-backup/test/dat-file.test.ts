import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDat, printDat, recordedPath } from '../src/dat-file.js';

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

describe('the .dat file', () => {
  test('is read as repozo writes it: only the last component of the path counts', () => {
    const { lines, tornAt } = parseDat(`/backup/site/a.fs 0 10 ${MD5}\nsite/b.deltafsz 10 25 ${MD5}\n`);
    expect(tornAt).toBeUndefined();
    expect(lines.map(({ name, start, end }) => [name, start, end])).toEqual([
      ['a.fs', 0, 10],
      ['b.deltafsz', 10, 25],
    ]);
  });

  test('ends at a line that a crash tore, wherever it was torn', () => {
    const text = printDat([
      { path: 'a.fs', start: 0, end: 10, md5: MD5 },
      { path: 'b.deltafs', start: 10, end: 25, md5: MD5 },
    ]);
    const first = text.indexOf('\n') + 1;
    for (let cut = first + 1; cut < text.length - 1; cut += 1) {
      expect(parseDat(text.slice(0, cut))).toMatchObject({ lines: [{ name: 'a.fs' }], tornAt: 2 });
    }
    expect(parseDat(text.slice(0, -1)).lines).toHaveLength(2);
  });

  test.each([
    ['a number beyond what is exact', `a.fs 0 99999999999999999 ${MD5}\n`],
    ['an end before the start', `a.fs 10 9 ${MD5}\n`],
    ['a path that ends in a slash', `dir/ 0 9 ${MD5}\n`],
    ['an MD5 that is none', 'a.fs 0 9 xyz\n'],
    ['an empty line', `\na.fs 0 9 ${MD5}\n`],
  ])('takes no line with %s', (_, text) => {
    expect(parseDat(text)).toEqual({ lines: [], tornAt: 1 });
  });

  test('reads back what it printed (property)', () => {
    const line = fc.record({
      path: fc.stringMatching(/^[a-z/]{0,8}[a-z]$/),
      start: fc.nat(),
      size: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(line), (rows) => {
        const lines = rows.map(({ path, start, size }) => ({ path, start, end: start + size, md5: MD5 }));
        expect(parseDat(printDat(lines)).lines).toMatchObject(lines);
      }),
    );
  });

  test('leaves out a directory with a blank, which would break repozo', () => {
    expect(recordedPath('/my backups', 'a.fs')).toBe('a.fs');
    expect(recordedPath('/backups/', 'a.fs')).toBe('/backups/a.fs');
  });
});
