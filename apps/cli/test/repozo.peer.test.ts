import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers } from '@holdfast/test-kit';
import { beforeAll, expect, test } from 'vitest';
import { BACKUPS, type Both, HELP_TOO, RECOVERIES, VERIFICATIONS } from './support/repozo-lines.js';
import {
  type BothCase,
  type BothSides,
  copyOf,
  dataFiles,
  holdfastRepozo,
  type OneSide,
  realRepozo,
  runBoth,
  withoutTimes,
} from './support/repozo-peer.js';
import { makeRepository } from './support/repozo-repository.js';

const ALL = [...HELP_TOO, ...BACKUPS, ...RECOVERIES, ...VERIFICATIONS];

const HELP_LINES = ['-h', '--help', '--he', '-B -h', '-h -B -R'];

const REPOSITORIES = ['repo', 'empty'];

describePeers('`holdfast repozo` does what repozo does', () => {
  const done = new Map<string, BothSides>();
  let base: string;

  beforeAll(async () => {
    base = await makeRepository();
    const cases: readonly BothCase[] = [...ALL, ...HELP_LINES.map((line) => ({ line }))];
    const results = await runBoth(base, cases);
    for (const [index, { line }] of cases.entries()) done.set(line, results[index]!);
  });

  function compare({ line, says = [], verbose }: Both): BothSides {
    const both = done.get(line)!;
    const [theirs, ours] = [both.real.ran, both.holdfast.ran];
    expect(ours.status).toBe(theirs.status);
    expect(ours.stdout.equals(theirs.stdout)).toBe(true);
    expect(ours.stderr === '').toBe(theirs.stderr === '');
    for (const text of says) {
      expect(withoutTimes(theirs.stderr).split('\n')).toContain(text);
      expect(withoutTimes(ours.stderr).split('\n')).toContain(text);
    }
    if (ours.status !== 0 && verbose !== true && !ours.stderr.includes('Usage:'))
      expect(ours.stderr.trimEnd().split('\n')).toHaveLength(1);
    return both;
  }

  test.each(HELP_TOO)('wrong usage: $line', (both) => {
    const { real, holdfast } = compare(both);
    expect({ status: real.ran.status, help: real.ran.stderr.includes('Usage:') }).toEqual({
      status: 1,
      help: true,
    });
    expect(holdfast.ran.stderr).toContain('Usage: holdfast repozo');
    for (const { ran } of [real, holdfast])
      expect(ran.stderr.trimEnd().split('\n').at(-1)).toBe(both.says?.[0]);
  });

  test.each(HELP_LINES)('help on standard output: %s', (line) => {
    const { real, holdfast } = done.get(line)!;
    for (const { status, stdout, stderr } of [real.ran, holdfast.ran]) {
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const option of ['-B / --backup', '-k / --kill-old-on-full', '-w', '-Q / --quick'])
        expect(stdout.toString()).toContain(option);
    }
  });

  test.each(BACKUPS)('backup: $line', async (both) => {
    const { real, holdfast } = compare(both);
    for (const name of REPOSITORIES)
      expect(await dataFiles(join(holdfast.directory, name))).toEqual(
        await dataFiles(join(real.directory, name)),
      );
  });

  test('what a backup left is restored by repozo to the same bytes', async () => {
    const directories = BACKUPS.flatMap(({ line }) => {
      const { real, holdfast } = done.get(line)!;
      return REPOSITORIES.flatMap((name) => [join(real.directory, name), join(holdfast.directory, name)]);
    });
    const restored = await realRepozo(directories.map((cwd) => ({ cwd, argv: ['-R', '-r', '.'] })));
    for (let index = 0; index < restored.length; index += 2) {
      const [theirs, ours] = [restored[index]!, restored[index + 1]!];
      expect(ours.status).toBe(theirs.status);
      expect(ours.stdout.equals(theirs.stdout)).toBe(true);
    }
  });

  test.each(RECOVERIES)('recover: $line', async (both) => {
    const { real, holdfast } = compare(both);
    const files = await readdir(real.directory);
    expect((await readdir(holdfast.directory)).filter((name) => name !== 'out.fs.lock').sort()).toEqual(
      files.sort(),
    );
    for (const name of files.filter((file) => file.startsWith('out.'))) {
      const [theirs, ours] = [real, holdfast].map(({ directory }) => readFile(join(directory, name)));
      expect((await ours!).equals(await theirs!)).toBe(true);
    }
  });

  test('what -v tells of each file with -w, and of their sum, is the same', () => {
    const { real, holdfast } = done.get('-Rvw -r repo -o out.fs')!;
    const told = ({ ran }: OneSide) => ran.stderr.split('\n').filter((text) => text.startsWith('Recovered'));
    expect(told(holdfast)).toHaveLength(3);
    expect(told(holdfast)).toEqual(told(real));
  });

  test.each(VERIFICATIONS)('verify: $line', (both) => {
    compare(both);
  });

  test.each(['-BvQ', '-Bv'])('a backup with nothing new: %s', async (options) => {
    const directories = [await copyOf(base), await copyOf(base)] as const;
    const argv = [options, '-r', 'repo', '-f', 'Data.fs'];
    const [theirs, ours] = directories;
    const before = directories.map((cwd) => ({ cwd, argv, nowMs: Date.UTC(2024, 2, 1) }));
    const real = (await realRepozo([...before, { cwd: theirs, argv }])).at(-1)!;
    for (const { status, stderr } of [real, await holdfastRepozo({ cwd: ours, argv })]) {
      expect(status).toBe(0);
      expect(stderr).toContain('No changes, nothing to do\n');
    }
    expect(await dataFiles(join(ours, 'repo'))).toEqual(await dataFiles(join(theirs, 'repo')));
  });
});
