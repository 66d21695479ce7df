import type { Judgement, Run, Runs, Target } from './scenario.js';
import { pairedRatio } from './statistics.js';

/** `fast` does the job in at most one `times`-th of the time of `slow`. */
export function atLeastTimesAsFast(fast: string, slow: string, times: number): Target {
  const wanted = times === 1 ? `faster than ${slow}` : `at least ${times} times as fast as ${slow}`;
  return {
    title: `${fast}: ${wanted}`,
    judge: (runs) =>
      judge(runs, slow, fast, (run) => run.wallSeconds, {
        text: (ratio) => `${ratio.toFixed(2)} times as fast`,
        reached: (ratio) => (times === 1 ? ratio > 1 : ratio >= times),
      }),
  };
}

/** `what` leaves at most `limit` times as many bytes as `base`. */
export function atMostTheSize(what: string, base: string, limit: number): Target {
  return {
    title: `${what}: at most ${limit} of the size of ${base}`,
    judge: (runs) =>
      judge(runs, what, base, (run) => run.storedBytes ?? Number.NaN, {
        text: (ratio) => `${ratio.toFixed(4)} of the size`,
        reached: (ratio) => ratio <= limit,
      }),
  };
}

/** `what` takes at most `limit` times as long as `base`. */
export function atMostTheTime(what: string, base: string, limit: number): Target {
  return {
    title: `${what}: at most ${limit} of the time of ${base}`,
    judge: (runs) =>
      judge(runs, what, base, (run) => run.wallSeconds, {
        text: (ratio) => `${ratio.toFixed(2)} of the time`,
        reached: (ratio) => ratio <= limit,
      }),
  };
}

/** Reached when one of the alternatives has all its targets reached; tells of the first that is, or else of the first. */
export function anyOf(title: string, alternatives: readonly (readonly Target[])[]): Target {
  return {
    title,
    judge: (runs) => {
      const judged = alternatives.map((targets) => allOf(targets.map((target) => target.judge(runs))));
      return judged.find((one) => one.kind === 'judged' && one.reached) ?? judged[0]!;
    },
  };
}

function allOf(judgements: readonly Judgement[]): Judgement {
  const missing = judgements.find(({ kind }) => kind === 'not-measured');
  if (missing !== undefined) return missing;
  const judged = judgements.filter((one) => one.kind === 'judged');
  return {
    kind: 'judged',
    value: judged[0]!.value,
    text: judged.map(({ text }) => text).join(', '),
    reached: judged.every(({ reached }) => reached),
  };
}

interface Reading {
  text(ratio: number): string;
  reached(ratio: number): boolean;
}

function judge(
  runs: Runs,
  over: string,
  under: string,
  figure: (run: Run) => number,
  reading: Reading,
): Judgement {
  const ratio = pairedRatio(runs.get(over) ?? [], runs.get(under) ?? [], figure);
  if (ratio === undefined || Number.isNaN(ratio)) {
    const absent = [over, under].filter((name) => (runs.get(name) ?? []).length === 0);
    return { kind: 'not-measured', reason: `no run of ${absent.join(' and of ')}` };
  }
  return { kind: 'judged', value: ratio, text: reading.text(ratio), reached: reading.reached(ratio) };
}
