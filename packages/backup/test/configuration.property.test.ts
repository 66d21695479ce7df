import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOptions } from '../src/config/parse.js';
import { expandPath } from '../src/config/paths.js';
import { OPTION_NAMES } from '../src/config/schema.js';
import { suggestion } from '../src/config/suggest.js';
import { lineOf } from '../src/config/toml-lines.js';
import { type Draft, pathText } from '../src/init/draft.js';
import { tomlOf } from '../src/init/toml.js';

const CONTEXT = { env: {}, home: '/home/admin' };

/** Names of directories: anything but a slash and a zero byte, not a dot or two. */
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/[/\0]/.test(text) && text.trim() === text && text !== '.' && text !== '..');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/[\r\n\0]/g, ' '));

const draftWith = (part: Partial<Draft>): Draft => ({
  name: 'backup',
  site: '/srv/site',
  settings: [],
  storages: [],
  sources: {},
  notes: [],
  warnings: [],
  ...part,
});

function valuesOf(draft: Draft) {
  const parsed = parseOptions(tomlOf(draft, '/srv/site/holdfast.toml'));
  if ('syntax' in parsed) throw new Error(parsed.syntax.message);
  expect(parsed.problems).toEqual([]);
  return parsed.values;
}

describe('what init writes is read back as it was', () => {
  test('paths of any names, also with dollars, tildes, quotes and blanks', () => {
    fc.assert(
      fc.property(path, path, (at, site) => {
        const values = valuesOf(draftWith({ settings: [{ option: 'datafs', value: pathText(at, site) }] }));
        expect(expandPath(values.datafs ?? '', site, CONTEXT)).toEqual({ path: at });
      }),
    );
  });

  test('commands of any lines', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const value = lines.join('\n');
        const values = valuesOf(draftWith({ settings: [{ option: 'pre_command', value }] }));
        expect(values.pre_command).toBe(value.trim());
      }),
    );
  });

  test('sources and storages', () => {
    fc.assert(
      fc.property(path, path, (at, blobs) => {
        const values = valuesOf(
          draftWith({
            storages: [{ name: 'a.b', settings: [{ option: 'datafs', value: pathText(at, '/') }] }],
            sources: { Data: [pathText(at, '/'), pathText(blobs, '/')], 'a.b': [pathText(blobs, '/')] },
          }),
        );
        const table = (values.alternative_restore_source as { readonly table: Record<string, string[]> })
          .table;
        const read = (text: string | undefined) => expandPath(text ?? '', '/', CONTEXT);
        expect(table.Data?.map(read)).toEqual([{ path: at }, { path: blobs }]);
        expect(read(values.storages?.['a.b']?.datafs)).toEqual({ path: at });
      }),
    );
  });
});

describe('suggestions', () => {
  const option = fc.constantFrom(...OPTION_NAMES);

  test('a name itself is its own suggestion', () => {
    fc.assert(
      fc.property(option, (word) => {
        const plain = (text: string | undefined) => text?.replace('-', '_');
        expect(plain(suggestion(word, OPTION_NAMES))).toBe(plain(word));
      }),
    );
  });

  test('two letters swapped in a long name are found out', () => {
    const long = fc.constantFrom(...OPTION_NAMES.filter((word) => word.length > 8 && !word.includes('-')));
    fc.assert(
      fc.property(long, fc.nat(), (word, n) => {
        const at = n % (word.length - 1);
        const swapped = word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
        const found = suggestion(swapped, OPTION_NAMES);
        expect(found).toBeDefined();
        expect([word, ...NEAR]).toContain(found);
      }),
    );
  });

  test('nonsense has none', () => {
    expect(suggestion('zzzzzzzzzz', OPTION_NAMES)).toBeUndefined();
    expect(suggestion('', OPTION_NAMES)).toBeUndefined();
  });
});

/** Two names that are one letter apart: a slip can make one of the other. */
const NEAR = ['alternative_restore_source', 'alternative_restore_sources'];

test('the line of each value is found, whatever stands around it', () => {
  const comment = fc.constantFrom(
    '',
    '# keep = 3',
    '[storages.x] # datafs',
    'full = """\nkeep = 1\n[name]\n"""',
    "gzip = 'a # b'",
  );
  fc.assert(
    fc.property(fc.array(comment), fc.constantFrom('keep', 'location'), (before, key) => {
      const top = before.filter((text) => !text.startsWith('['));
      const text = [...top, `${key} = 1`, '[storages.y]', 'datafs = "z"'].join('\n');
      const lines = text.split('\n');
      expect(lines[(lineOf(text, [key]) ?? 0) - 1]).toBe(`${key} = 1`);
      expect(lines[(lineOf(text, ['storages', 'y', 'datafs']) ?? 0) - 1]).toBe('datafs = "z"');
    }),
  );
});
