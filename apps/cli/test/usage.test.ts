import { EXIT } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/command-line/commands.js';
import { holdfast } from './support/cli.js';

const names = [...COMMANDS.map(({ name }) => name), 'lock', 'repozo', 'help'];

describe('a wrong command line is one clear line, what to do, and status 2', () => {
  test.each([
    ['nonsense', "unknown command 'nonsense'"],
    ['backpu', "unknown command 'backpu' (did you mean backup?)"],
    ['--nonsense', "unknown option '--nonsense'"],
    ['backup --nonsense', "unknown option '--nonsense'"],
    ['backup --quite', "unknown option '--quite' (did you mean --quiet?)"],
    ['backup extra', "too many arguments for 'backup'. Expected 0 arguments but got 1"],
    ['backup --repository', "option '--repository <dir>' argument missing"],
    ['backup --codec foo', 'Allowed choices are auto, libdeflate, zlib'],
    ['verify --quick --deep', "option '--quick' cannot be used with option '--deep'"],
    ['restore yesterday', "'yesterday' is not a date"],
    ['restore --output - --json', '--json and --output - exclude each other'],
    ['-q repozo -V -r x', "'repozo' must be the first word"],
    ['help nonsense', "there is no command 'nonsense'"],
    ['lock nonsense', "unknown command 'nonsense'"],
  ])('holdfast %s', async (line, message) => {
    const { status, stdout, stderr } = await holdfast(line.split(' '));
    expect({ status, stdout }).toEqual({ status: EXIT.usage, stdout: line.includes('--json') ? stdout : '' });
    const [first, hint, ...more] = stderr.trimEnd().split('\n');
    expect(first).toMatch(/^holdfast: /);
    expect(first).toContain(message);
    expect(hint).toMatch(/^ {10}\S/);
    expect(more).toEqual([]);
  });

  test('a path that is empty (a variable that is not set) is not taken for the working directory', async () => {
    const { status, stderr } = await holdfast(['list', '--repository', '']);
    expect(status).toBe(EXIT.usage);
    expect(stderr).toContain("option '--repository <dir>' argument '' is invalid");
  });

  test('with --json it is an object too', async () => {
    const { status, stdout, stderr } = await holdfast(['list', '--json', '--frob']);
    expect(status).toBe(EXIT.usage);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'holdfast/1',
      command: 'list',
      ok: false,
      error: { code: 'usage', message: "unknown option '--frob'" },
    });
    expect(stderr).toContain('--frob');
  });

  test('no command at all shows the help on standard error', async () => {
    const { status, stdout, stderr } = await holdfast([]);
    expect({ status, stdout }).toEqual({ status: EXIT.usage, stdout: '' });
    expect(stderr).toContain('Usage: holdfast <command>');
  });
});

describe('help', () => {
  test('names every command, and has examples and exit statuses', async () => {
    const { status, stdout, stderr } = await holdfast(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const name of names) expect(stdout).toContain(`\n  ${name.split(' ')[0]}`);
    expect(stdout).toContain('Examples:\n  $ holdfast backup');
    expect(stdout).toContain('Exit status:');
  });

  test.each(COMMANDS.map(({ name }) => name))(
    'of %s has its options and examples, both ways',
    async (name) => {
      const words = name.split(' ');
      const { stdout } = await holdfast(['help', ...words]);
      expect(stdout).toMatch(new RegExp(`^Usage: holdfast ${name} \\[options\\]`));
      expect(stdout).toContain('--json');
      expect(stdout).toMatch(/\nExamples:\n {2}\$ \S/);
      expect((await holdfast([...words, '--help'])).stdout).toBe(stdout);
    },
  );

  test.each(COMMANDS)('of $name speaks of no option that it has not', ({ options }) => {
    const longNames = (text: string) => text.match(/--[a-z][a-z-]+/g) ?? [];
    const own = options.flatMap(({ flags }) => longNames(flags));
    for (const { text } of options) expect(own).toEqual(expect.arrayContaining(longNames(text)));
  });

  test('of repozo is its own', async () => {
    const { stdout } = await holdfast(['help', 'repozo']);
    expect(stdout).toContain('-r DIR / --repository=DIR');
  });

  test('fits a terminal of 80 characters', async () => {
    const { stdout } = await holdfast(['--help']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

test('the version is that of the package', async () => {
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
  expect((await holdfast(['--version'])).stdout).toBe(`${manifest.version}\n`);
});
