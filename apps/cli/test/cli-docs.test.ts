import { EXIT } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/command-line/commands.js';
import { HELP } from '../src/repozo/help.js';
import { firstTable, page, section } from './support/markdown.js';

const cli = page('cli.md');

/** The long names in a text, `--no-gzip` and the like. */
const longNames = (text: string) => [...text.matchAll(/--[a-z][a-z-]+/g)].map(([name]) => name);

const HEADING: Readonly<Record<string, string>> = {
  fullbackup: 'backup',
  snapshotbackup: 'backup',
  zipbackup: 'backup',
  snapshotrestore: 'restore',
  ziprestore: 'restore',
  altrestore: 'restore',
  'lock run': 'lock',
  'lock list': 'lock',
  'lock clean': 'lock',
  'ds check': 'ds',
  'ds backup': 'ds',
  'ds whatsnew': 'ds',
  'ds info': 'ds',
  'ds restore': 'ds',
};

describe('docs/cli.md', () => {
  test('lists just the exit statuses that there are', () => {
    const statuses = firstTable(section(cli, 'Exit status')).map(([status]) => Number(status));
    expect(statuses).toEqual(Object.values(EXIT));
  });

  test('lists every command', () => {
    const [overview = ''] = cli.split('\nOptions of every command');
    for (const { name } of COMMANDS) expect(overview).toContain(`[\`${name.split(' ')[0]}\`]`);
  });

  test.each(COMMANDS)('has every option of $name', ({ name, options }) => {
    const text = section(cli, HEADING[name] ?? name);
    for (const { flags } of options)
      expect(longNames(text)).toEqual(expect.arrayContaining(longNames(flags)));
  });

  test.each(['backup', 'restore', 'list', 'status', 'verify', 'prune', 'keep', 'init', 'lock', 'ds'])(
    'has no option that %s has not',
    (heading) => {
      const commands = COMMANDS.filter(({ name }) => (HEADING[name] ?? name) === heading);
      const known = commands.flatMap(({ options }) => options.flatMap(({ flags }) => longNames(flags)));
      const rows = firstTable(section(cli, heading)).flatMap(([option = '']) => longNames(option));
      expect(rows.filter((name) => !known.includes(name))).toEqual([]);
    },
  );

  test('has every option of repozo', () => {
    const rows = firstTable(section(cli, 'repozo')).map(([option = '']) => option);
    expect(rows.flatMap(longNames).sort()).toEqual([...new Set(longNames(HELP))].sort());
  });
});
