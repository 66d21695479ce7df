import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers } from '@holdfast/test-kit';
import { beforeAll, expect, test } from 'vitest';
import {
  changedByte,
  missingDat,
  missingIncrement,
  missingLine,
  tornLine,
  truncatedIncrement,
  wrongChecksum,
} from './support/damage.js';
import { type BothCase, type BothSides, runBoth } from './support/repozo-peer.js';
import { makeRepository } from './support/repozo-repository.js';

interface Damaged extends BothCase {
  readonly what: string;
  readonly status: 0 | 1;
  /** In the standard error of both. */
  readonly says?: RegExp;
}

const checksum = /has checksum [0-9a-f]{32} .*instead of 0{32}/;

const CASES: readonly Damaged[] = [
  { what: 'a changed byte', prepare: changedByte, line: '-V -r repo', status: 1 },
  { what: 'a changed byte', prepare: changedByte, line: '-VQ -r repo', status: 1 },
  { what: 'a changed byte', prepare: changedByte, line: '-R -r repo -o out.fs', status: 1 },
  { what: 'a changed byte', prepare: changedByte, line: '-Rw -r repo -o out.fs', status: 1 },
  { what: 'a changed byte', prepare: changedByte, line: '-R -r repo', status: 1 },
  { what: 'a truncated increment', prepare: truncatedIncrement, line: '-V -r repo', status: 1 },
  { what: 'a truncated increment', prepare: truncatedIncrement, line: '-VQ -r repo', status: 1 },
  { what: 'a truncated increment', prepare: truncatedIncrement, line: '-R -r repo -o out.fs', status: 1 },
  { what: 'a missing increment', prepare: missingIncrement, line: '-V -r repo', status: 1, says: /missing/ },
  { what: 'a missing increment', prepare: missingIncrement, line: '-VQ -r repo', status: 1, says: /missing/ },
  { what: 'a missing increment', prepare: missingIncrement, line: '-R -r repo -o out.fs', status: 0 },
  { what: 'a missing increment', prepare: missingIncrement, line: '-Rw -r repo -o out.fs', status: 0 },
  { what: 'a missing .dat', prepare: missingDat, line: '-V -r repo', status: 1, says: /\.dat/ },
  { what: 'a missing .dat', prepare: missingDat, line: '-VQ -r repo', status: 1, says: /\.dat/ },
  { what: 'a missing .dat', prepare: missingDat, line: '-R -r repo -o out.fs', status: 0 },
  { what: 'a missing line', prepare: missingLine, line: '-R -r repo -o out.fs', status: 0 },
  { what: 'a torn line', prepare: tornLine, line: '-V -r repo', status: 1 },
  { what: 'a torn line', prepare: tornLine, line: '-R -r repo -o out.fs', status: 0 },
  { what: 'a wrong checksum', prepare: wrongChecksum, line: '-V -r repo', status: 1, says: checksum },
  { what: 'a wrong checksum', prepare: wrongChecksum, line: '-VQ -r repo', status: 0 },
  {
    what: 'a wrong checksum',
    prepare: wrongChecksum,
    line: '-Rw -r repo -o out.fs',
    status: 1,
    says: checksum,
  },
  { what: 'a wrong checksum', prepare: wrongChecksum, line: '-R -r repo -o out.fs', status: 0 },
];

describePeers('`holdfast repozo` takes a damaged repository as repozo does', () => {
  const done = new Map<Damaged, BothSides>();

  beforeAll(async () => {
    const results = await runBoth(await makeRepository(), CASES);
    for (const [index, damaged] of CASES.entries()) done.set(damaged, results[index]!);
  });

  test.each(CASES)('$what: $line', async (damaged) => {
    const { real, holdfast } = done.get(damaged)!;
    for (const { ran } of [real, holdfast]) {
      expect(ran.status).toBe(damaged.status);
      expect(ran.stderr === '').toBe(damaged.status === 0);
      if (damaged.says !== undefined) expect(ran.stderr).toMatch(damaged.says);
    }
    expect(holdfast.ran.stderr).not.toContain('    at ');
    const restored = (await readdir(real.directory)).filter((name) => /^out\.fs(\.index)?$/.test(name));
    expect((await readdir(holdfast.directory)).filter((name) => /^out\.fs(\.index)?$/.test(name))).toEqual(
      restored,
    );
    for (const name of restored.filter((file) => file === 'out.fs')) {
      const theirs = await readFile(join(real.directory, name));
      expect((await readFile(join(holdfast.directory, name))).equals(theirs)).toBe(true);
    }
    // To a pipe both give out what comes before the damage.
    if (damaged.line === '-R -r repo') expect(holdfast.ran.stdout.equals(real.ran.stdout)).toBe(true);
  });
});
