import { describe, expect, test } from 'vitest';
import { parseSnapshotLine, secondsOf, taskOf, timerOf } from '../src/commands/snapshot-arguments.js';

function run(line: string, surrounded = false) {
  const parsed = parseSnapshotLine(line.split(' '));
  if (parsed.kind === 'help') return 'help';
  return taskOf(parsed.flags, parsed.words, surrounded);
}
const flags = (line: string) => {
  const parsed = parseSnapshotLine(line.split(' '));
  return parsed.kind === 'help' ? undefined : parsed.flags;
};
const task = (storage: string | undefined, conf: string | undefined, ...command: readonly string[]) => ({
  kind: 'run',
  storage,
  conf,
  command,
});

describe('the command line of snapshot', () => {
  test.each([
    ['--storage DS tar cf x', task('DS', undefined, 'tar', 'cf', 'x')],
    ['--storage=DS -- tar -v --storage y', task('DS', undefined, 'tar', '-v', '--storage', 'y')],
    ['--stor DS --snap CONF true', task('DS', 'CONF', 'true')],
    ['--storage DS --snapshot-conf - true', task('DS', undefined, 'true')],
    ['--storage DS', task('DS', undefined)],
    ['DS CONF true -v', task('DS', 'CONF', 'true', '-v')],
    ['DS - true', task('DS', undefined, 'true')],
    ['-v DS - -- true', task('DS', undefined, 'true')],
    ['leave - true', task('leave', undefined, 'true')],
    ['--storage DS cat', task('DS', undefined, 'cat')],
    ['cat - true', task('cat', undefined, 'true')],
    ['cat', { kind: 'cat' }],
    ['leave --storage DS', { kind: 'leave', storage: 'DS' }],
    ['leave --force --storage DS', { kind: 'leave', storage: 'DS' }],
    ['--help', 'help'],
    ['-vh', 'help'],
  ])('%s', (line, expected) => {
    expect(run(line)).toEqual(expected);
  });

  test('under a snapshot needs no storage', () => {
    expect(run('true now', true)).toEqual(task(undefined, undefined, 'true', 'now'));
    expect(run('DS - true', true)).toEqual(task('DS', undefined, 'true'));
  });

  test('what follows two dashes is COMMAND, not the old form, nor a word of its own', () => {
    expect(run('-- cp from to', true)).toEqual(task(undefined, undefined, 'cp', 'from', 'to'));
    expect(run('-v -- cat', true)).toEqual(task(undefined, undefined, 'cat'));
    expect(run('--storage DS -- leave')).toEqual(task('DS', undefined, 'leave'));
    expect(run('-- DS - true')).toEqual(task('DS', undefined, 'true'));
  });

  test.each([[['--storage', 'DS', '--', '']], [['DS', '-', '', 'x']]])(
    '%j: an empty word as COMMAND is wrong',
    (argv) => {
      const parsed = parseSnapshotLine(argv);
      const read = () => (parsed.kind === 'help' ? undefined : taskOf(parsed.flags, parsed.words, false));
      expect(read).toThrow(expect.objectContaining({ code: 'usage', message: 'COMMAND is an empty word' }));
    },
  );

  test.each(['true', 'DS CONF', '--storage', '--frob', '--s x', '-x', '--copy=yes', '-- true'])(
    '%s is wrong',
    (line) => {
      expect(() => run(line)).toThrow(expect.objectContaining({ code: 'usage' }));
    },
  );

  test('an empty path is wrong', () => {
    expect(() => taskOf({ storage: '' }, ['true'], false)).toThrow('may not be empty');
  });

  test('counts -v and -q against each other, in any writing', () => {
    expect(flags('-vv -q --storage DS -t5 -s 0.5 true')).toMatchObject({ verbosity: 1, t: '5', s: '0.5' });
    expect(flags('-qq --storage DS true -v')?.verbosity).toBe(-2);
  });

  test('takes seconds', () => {
    expect(secondsOf('-t', '1.5')).toBe(1500);
    expect(secondsOf('-t', undefined)).toBeUndefined();
    for (const text of ['', ' ', 'x', '-1', 'Infinity', 'NaN'])
      expect(() => secondsOf('-t', text)).toThrow('-t takes seconds');
  });

  test('takes for one wait no more than a timer can', () => {
    expect(timerOf('-s', '2147483.647')).toBe(2_147_483_647);
    expect(timerOf('-s', undefined)).toBeUndefined();
    expect(() => timerOf('--max-freeze', '2592000')).toThrow(
      "--max-freeze takes 2147483 seconds at the most, not '2592000'",
    );
    expect(secondsOf('-t', '2592000')).toBe(2_592_000_000);
  });
});
