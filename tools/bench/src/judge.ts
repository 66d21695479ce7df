import type { Measured } from './measure-scenario.js';
import type { Judgement } from './scenario.js';
import { megabytes } from './size.js';

export interface Verdict {
  readonly title: string;
  readonly judgement: Judgement;
}

const MEMORY_LIMIT = 200e6;

export function judgeTargets({ scenario, contenders, runs }: Measured): readonly Verdict[] {
  const reasons = contenders.flatMap(({ name, missing }) =>
    missing === undefined ? [] : [`${name}: ${missing}`],
  );
  return scenario.targets.map(({ title, judge }) => {
    const judgement = judge(runs);
    if (judgement.kind === 'judged' || reasons.length === 0) return { title, judgement };
    return { title, judgement: { ...judgement, reason: reasons.join('; ') } };
  });
}

/** The same for every run of Holdfast, whatever it did. */
export function judgeMemory(all: readonly Measured[]): Verdict {
  const title = `holdfast: at most ${megabytes(MEMORY_LIMIT)} of memory in every run`;
  const peaks = all.flatMap(({ scenario, contenders, runs }) =>
    contenders
      .filter(({ program }) => program === 'holdfast')
      .flatMap(({ name }) =>
        (runs.get(name) ?? []).map(({ peakBytes }) => ({ peakBytes, where: `${scenario.name} (${name})` })),
      ),
  );
  if (peaks.length === 0) return { title, judgement: { kind: 'not-measured', reason: 'no run of holdfast' } };
  const { peakBytes, where } = peaks.reduce((most, one) => (one.peakBytes > most.peakBytes ? one : most));
  const text = `at most ${megabytes(peakBytes)}, in ${where}`;
  return { title, judgement: { kind: 'judged', value: peakBytes, text, reached: peakBytes <= MEMORY_LIMIT } };
}
