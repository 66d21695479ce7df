import { describe, expect, test } from 'vitest';
import { GetoptError, getopt, type OptionSpec } from '../src/repozo/getopt.js';

const SPECS: readonly OptionSpec[] = [
  { letter: 'B', name: 'backup' },
  { letter: 'v', name: 'verbose' },
  { letter: 'V', name: 'verify' },
  { letter: 'r', name: 'repository', takesValue: true },
  { letter: '', name: 'recover' },
];

const read = (...argv: readonly string[]) => {
  const { options, rest } = getopt(argv, SPECS);
  return [options.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)), rest];
};

describe('getopt reads a command line as Python does', () => {
  test.each([
    ['letters one by one', ['-B', '-v'], ['backup', 'verbose'], []],
    ['a cluster of letters', ['-Bv'], ['backup', 'verbose'], []],
    ['a cluster that ends with a value', ['-Bvrdir'], ['backup', 'verbose', 'repository=dir'], []],
    ['a value that follows its letter', ['-r', 'dir'], ['repository=dir'], []],
    ['a value that begins with a dash', ['-r', '-B'], ['repository=-B'], []],
    ['an empty value', ['-r', ''], ['repository='], []],
    ['a long name', ['--backup'], ['backup'], []],
    ['a long name with its value attached', ['--repository=a=b'], ['repository=a=b'], []],
    ['a long name with its value following', ['--repository', 'dir'], ['repository=dir'], []],
    ['an empty attached value', ['--repository='], ['repository='], []],
    ['the beginning of a long name', ['--rep=x', '--b'], ['repository=x', 'backup'], []],
    ['an option given twice', ['-r', '1', '-r', '2'], ['repository=1', 'repository=2'], []],
    ['the first word that is no option as the end', ['-B', 'x', '-v'], ['backup'], ['x', '-v']],
    ['two dashes as the end', ['-B', '--', '-v'], ['backup'], ['-v']],
    ['a single dash as a word', ['-', '-B'], [], ['-', '-B']],
  ])('%s', (_what, argv, options, rest) => {
    expect(read(...argv)).toEqual([options, rest]);
  });

  test.each([
    [['-x'], 'option -x not recognized'],
    [['-Bx'], 'option -x not recognized'],
    [['--nothing'], 'option --nothing not recognized'],
    [['--ver'], 'option --ver not a unique prefix'],
    [['--re'], 'option --re not a unique prefix'],
    [['-r'], 'option -r requires argument'],
    [['--rep'], 'option --repository requires argument'],
    [['--back=1'], 'option --backup must not have an argument'],
  ])('refuses %j', (argv, message) => {
    expect(() => read(...argv)).toThrow(new GetoptError(message));
  });
});
