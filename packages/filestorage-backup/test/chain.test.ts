import { describe, expect, test } from 'vitest';
import {
  type ChainInput,
  type DatInput,
  newestOf,
  type PresentFile,
  pathTo,
  resolveChains,
} from '../src/chain.js';
import { parseDataName } from '../src/names.js';

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

/** A repository in short: `00.fs 0-10` is a file with its `.dat` line, `05.deltafs` one without. */
function repository(rows: readonly string[], measured: Readonly<Record<string, string>> = {}): ChainInput {
  const files: PresentFile[] = [];
  const lines: DatInput['lines'][number][] = [];
  for (const row of rows) {
    const [short = '', range] = row.split(' ');
    const name = full(short.replace('!', ''));
    if (!short.startsWith('!')) files.push({ ...parseDataName(name)!, storedSize: 1 });
    if (range !== undefined) lines.push({ name, path: name, ...parseRange(range), md5: MD5 });
  }
  const stamp = files.find(({ kind }) => kind === 'full')?.stamp ?? '';
  const found = Object.entries(measured).map(([short, range]) => {
    const name = full(short);
    const empty = { transactions: 0, last: undefined, landmarks: [], checkpoints: [], segments: [] };
    const measurement =
      range === 'bad'
        ? { name, unreadable: 'it is garbage' }
        : { name, ...parseRange(range), md5: MD5, storedSize: 1, ...empty };
    return [name, measurement] as const;
  });
  const dat = { lines, tornAt: undefined, held: false };
  return { files, dats: new Map([[stamp, dat]]), records: new Map(), measured: new Map(found) };
}

function full(short: string): string {
  return `2026-11-21-00-00-${short}`;
}

function parseRange(text: string): { start: number; end: number } {
  const [start, end] = text.split('-').map(Number);
  return { start: start!, end: end! };
}

/** The newest state that can be restored, as the short names of its files. */
function newest(input: ChainInput): readonly string[] {
  const chain = resolveChains(input).chains.at(-1)!;
  return pathTo(newestOf(chain)!).map(({ name }) => name.slice('2026-11-21-00-00-'.length));
}

function problems(input: ChainInput): readonly string[] {
  return resolveChains(input).chains.flatMap((chain) =>
    chain.problems.map(({ kind, name }) => `${kind} ${name.slice(17)}`),
  );
}

describe('resolveChains', () => {
  test('follows a sound chain from the full to the newest increment', () => {
    const input = repository(['00.fsz 0-10', '05.deltafsz 10-20', '09.deltafs 20-30']);
    expect(newest(input)).toEqual(['00.fsz', '05.deltafsz', '09.deltafs']);
    expect(problems(input)).toEqual([]);
    expect(resolveChains(input).chains[0]!.straight).toBe(true);
  });

  test('asks to measure a file without a line, and takes it in when it fits', () => {
    const rows = ['00.fs 0-10', '05.deltafs'];
    expect(resolveChains(repository(rows)).toMeasure.map(({ name }) => name)).toEqual([full('05.deltafs')]);
    const input = repository(rows, { '05.deltafs': '10-20' });
    expect(newest(input)).toEqual(['00.fs', '05.deltafs']);
    expect(problems(input)).toEqual(['unrecorded 05.deltafs']);
  });

  test('goes round the increment of a killed repozo that the next one covers', () => {
    const input = repository(['00.fs 0-10', '05.deltafs', '09.deltafs 10-30'], { '05.deltafs': '10-20' });
    expect(newest(input)).toEqual(['00.fs', '09.deltafs']);
    expect(problems(input)).toEqual(['unrecorded 05.deltafs', 'overlap 09.deltafs']);
    expect(resolveChains(input).chains[0]!.straight).toBe(false);
  });

  test('stops at a gap and restores what is before it', () => {
    const input = repository(['00.fs 0-10', '!05.deltafs 10-20', '09.deltafs 20-30']);
    expect(newest(input)).toEqual(['00.fs']);
    expect(problems(input)).toEqual(['missing-file 05.deltafs', 'gap 09.deltafs']);
  });

  test('leaves out a file that cannot be read, and what needs it', () => {
    const input = repository(['00.fs 0-10', '05.deltafs', '09.deltafs 20-30'], { '05.deltafs': 'bad' });
    expect(newest(input)).toEqual(['00.fs']);
    expect(problems(input)).toEqual(['unreadable 05.deltafs', 'gap 09.deltafs']);
  });

  test('finds the increment that the full of its own second hides from repozo', () => {
    const input = repository(['00.deltafs 10-20', '00.fs 0-10', '09.deltafs 20-30']);
    expect(newest(input)).toEqual(['00.fs', '00.deltafs', '09.deltafs']);
    expect(problems(input)).toEqual(['same-second 00.deltafs']);
    expect(resolveChains(input).chains[0]!.straight).toBe(false);
  });

  test('the last of two lines of a file counts, and an empty increment harms nothing', () => {
    const input = repository([
      '00.fs 0-10',
      '05.deltafs 10-15',
      '05.deltafs 10-20',
      '07.deltafs 20-20',
      '09.deltafs 20-30',
    ]);
    expect(
      newest({
        ...input,
        files: input.files.filter((file, i, all) => all.findIndex((f) => f.name === file.name) === i),
      }),
    ).toEqual(['00.fs', '05.deltafs', '07.deltafs', '09.deltafs']);
  });

  test('an increment before every full is told', () => {
    const input = repository(['00.deltafs', '05.fs 0-10']);
    expect(resolveChains(input).withoutFull.map(({ name }) => name)).toEqual([full('00.deltafs')]);
  });
});
