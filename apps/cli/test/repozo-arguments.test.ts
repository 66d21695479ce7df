import { describe, expect, test } from 'vitest';
import { parseRepozo } from '../src/repozo/arguments.js';

const parse = (text: string) => parseRepozo(text.split(' '));
const run = (text: string) => {
  const line = parse(text);
  if (line.kind !== 'run') throw new Error(`'${text}' is ${line.kind}`);
  return line.arguments;
};

describe("the arguments of repozo's drop-in", () => {
  test('a backup has its options, and not those of the other modes', () => {
    expect(run('-BvFQzk -r repo -f Data.fs -D 2020-01-01 -o x -w')).toEqual({
      mode: 'backup',
      repository: 'repo',
      ignored: ['date', 'output', 'with-verify'],
      verbose: true,
      file: 'Data.fs',
      full: true,
      quick: true,
      gzip: true,
      killOld: true,
      date: undefined,
      output: undefined,
      withVerify: false,
      acceptNewHistory: false,
    });
  });

  test('a recover keeps date, output and verification', () => {
    const { mode, date, output, withVerify, ignored } = run('-R -r repo -D 2020-01-01 -o out -w -f x -k');
    expect({ mode, date, output, withVerify }).toEqual({
      mode: 'recover',
      date: '2020-01-01',
      output: 'out',
      withVerify: true,
    });
    expect(ignored).toEqual(['file', 'kill-old-on-full']);
  });

  test('an empty date is none', () => {
    expect(run('-R -r repo --date=').date).toBeUndefined();
  });

  test('of an option given twice the last one counts', () => {
    expect(run('-V -r one -r two').repository).toBe('two');
  });

  test('its own option takes a new history', () => {
    expect(run('-B -r repo -f Data.fs --accept-new-history').acceptNewHistory).toBe(true);
  });

  test.each([
    ['-h', 'help'],
    ['-B --help', 'help'],
    ['-h -B -R', 'help'],
    ['-B -R -h', 'wrong'],
    ['-r repo', 'wrong'],
    ['-B -r repo', 'wrong'],
    ['-B -f Data.fs', 'wrong'],
    ['-B -r repo -f Data.fs more', 'wrong'],
  ])('%s is %s', (text, kind) => {
    expect(parse(text).kind).toBe(kind);
  });
});
