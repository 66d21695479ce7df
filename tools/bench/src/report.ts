import { styleText } from 'node:util';
import type { Verdict } from './judge.js';
import type { Measured } from './measure-scenario.js';
import type { Contender, Run } from './scenario.js';
import { megabytes } from './size.js';
import { median } from './statistics.js';

/** The figures of one scenario, one line a contender: medians of its rounds, the highest memory. */
export function scenarioTable({ scenario, contenders, runs }: Measured): string {
  const rows = contenders.map((contender) => row(contender, runs.get(contender.name) ?? []));
  const rounds = Math.max(...contenders.map(({ name }) => runs.get(name)?.length ?? 0));
  const head = [
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    'wall',
    'cpu',
    'memory',
    'stored',
    'others',
  ];
  return [`${scenario.name}: ${scenario.title}`, ...columns([head, ...rows]).map((line) => `  ${line}`)].join(
    '\n',
  );
}

export function verdictLine({ title, judgement }: Verdict, colour: boolean): string {
  if (judgement.kind === 'not-measured') return `  not measured  ${title}: ${judgement.reason}`;
  const word = judgement.reached ? 'reached     ' : 'MISSED      ';
  const shown = colour ? styleText(judgement.reached ? 'green' : 'red', word) : word;
  return `  ${shown}  ${title}: ${judgement.text}`;
}

/** One line on how the targets fared. */
export function summary(verdicts: readonly Verdict[]): string {
  const of = (test: (verdict: Verdict) => boolean) => verdicts.filter(test).length;
  const reached = of(({ judgement }) => judgement.kind === 'judged' && judgement.reached);
  const missed = of(isMissed);
  const rest = verdicts.length - reached - missed;
  return `${verdicts.length} targets: ${reached} reached, ${missed} missed, ${rest} not measured`;
}

export function isMissed({ judgement }: Verdict): boolean {
  return judgement.kind === 'judged' && !judgement.reached;
}

function row({ name, missing }: Contender, runs: readonly Run[]): readonly string[] {
  if (runs.length === 0) return [name, missing ?? 'not measured', '', '', '', ''];
  const middle = (figure: (run: Run) => number) => median(runs.map(figure));
  const stored = runs.at(-1)!.storedBytes;
  return [
    name,
    seconds(middle(({ wallSeconds }) => wallSeconds)),
    seconds(middle(({ cpuSeconds }) => cpuSeconds)),
    megabytes(Math.max(...runs.map(({ peakBytes }) => peakBytes))),
    stored === undefined ? '' : megabytes(stored),
    others(runs),
  ];
}

/** How much of a processor other programs used during the runs. */
function others(runs: readonly Run[]): string {
  const shares = runs.flatMap(({ othersSeconds, wallSeconds }) => {
    return othersSeconds === null ? [] : [othersSeconds / wallSeconds];
  });
  return shares.length === 0 ? '' : `${Math.round(100 * median(shares))} %`;
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 3 : 1)} s`;
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('   ')
      .trimEnd(),
  );
}
