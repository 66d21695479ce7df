import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { translateRsyncOptions } from '../src/rsync-options.js';

const NONE = { itemize: false, verbose: false, quiet: false, progress: false, dryRun: false };

test('no options mean nothing', () => {
  expect(translateRsyncOptions(' \n ')).toEqual({ ...NONE, exclude: [], ignored: [], refused: [] });
});

test('exclude patterns are taken in every way in which rsync takes them', () => {
  const text = `--exclude=*.log --exclude cache/ --exclude="a b" --exclude='c d' --exclude=e\\ f`;
  const { exclude, refused } = translateRsyncOptions(text);
  expect(exclude).toEqual(['*.log', 'cache/', 'a b', 'c d', 'e f']);
  expect(refused).toEqual([]);
});

test('short options may stand together', () => {
  const options = translateRsyncOptions('-avin -P');
  expect(options).toMatchObject({ verbose: true, itemize: true, dryRun: true, progress: true, refused: [] });
  expect(options.ignored.map(({ option }) => option)).toEqual(['-a']);
});

test('the refusal of -k says that a link as the blob directory needs no option', () => {
  expect(translateRsyncOptions('--no-l -k').refused).toEqual([
    { option: '-k', reason: expect.stringContaining('that directory itself is a link, no option is needed') },
  ]);
});

test.each([
  '--no-owner --no-group --no-perms',
  '--no-l --no-D',
  '--hard-links --sparse',
  '-W -z -H -S',
  '--bwlimit=1000',
  '--bwlimit 1000',
  '--delete',
  '--numeric-ids --stats',
])('%s changes nothing, and says so', (text) => {
  const { ignored, refused } = translateRsyncOptions(text);
  expect(refused).toEqual([]);
  expect(ignored.length).toBeGreaterThan(0);
  for (const { note } of ignored) expect(note).not.toBe('');
});

test.each([
  ['--delete-after', '--delete-after'],
  ['--delete-excluded', '--delete-excluded'],
  ['--remove-source-files', '--remove-source-files'],
  ['--inplace', '--inplace'],
  ['-aL', '-L'],
  ['--copy-links', '--copy-links'],
  ['-e ssh', '-e'],
  ['--rsh="ssh -p 2222"', '--rsh'],
  ['--rsync-path=/bin/x', '--rsync-path'],
  ['--link-dest=../other', '--link-dest'],
  ['--max-size=1G', '--max-size'],
  ['--exclude-from=/etc/patterns', '--exclude-from'],
  ['--frobnicate', '--frobnicate'],
  ['--constructor', '--constructor'],
  ['-ay', '-y'],
  ['--exclude', '--exclude'],
  ['--archive=yes', '--archive=yes'],
  ['somewhere/', 'somewhere/'],
  ['--', '--'],
])('%s is refused by name', (text, option) => {
  const { refused } = translateRsyncOptions(text);
  expect(refused.map((one) => one.option)).toEqual([option]);
  expect(refused[0]?.reason).not.toBe('');
});

test('a value of an option that is refused is not taken for an option', () => {
  expect(translateRsyncOptions('-e --exclude=a --exclude=b').exclude).toEqual(['b']);
});

test.each([
  '--exclude=$HOME',
  '--exclude="`id`"',
  '--exclude=a; rm -rf b',
  '--exclude=a | tee c',
  '-v && true',
])('%s wants a shell and is refused', (text) => {
  expect(translateRsyncOptions(text).refused.at(-1)?.reason).toMatch(/no shell/);
});

test('quotes protect what a shell would replace', () => {
  const { exclude, refused } = translateRsyncOptions(`--exclude='$a;b' --exclude="c;\\$d" --exclude=e\\;f`);
  expect(exclude).toEqual(['$a;b', 'c;$d', 'e;f']);
  expect(refused).toEqual([]);
});

test.each([`--exclude='a`, '--exclude="a', '--exclude=a\\'])('%s is not closed and is refused', (text) => {
  expect(translateRsyncOptions(text).refused.at(-1)?.reason).toMatch(/not closed/);
});

test('the page lists what happens to each option', () => {
  const page = readFileSync(new URL('../../../docs/rsync-options.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/`(--?[A-Za-z0-9][\w-]*)/g)].map((match) => match[1]!);
  for (const option of new Set(documented)) {
    const { refused } = translateRsyncOptions(`${option} value`);
    expect(refused.find((one) => one.option === option)?.reason ?? '', option).not.toMatch(/does not know/);
  }
  expect(documented).toContain('--exclude');
});
