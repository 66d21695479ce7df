import type { Run } from './scenario.js';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The median of `over / under`, each pair from the same round: what else the machine does changes from round to
 * round and hits both of a pair.
 */
export function pairedRatio(
  over: readonly Run[],
  under: readonly Run[],
  figure: (run: Run) => number,
): number | undefined {
  const ratios = over.flatMap((run) => {
    const partner = under.find(({ round }) => round === run.round);
    return partner === undefined ? [] : figure(run) / figure(partner);
  });
  return ratios.length === 0 ? undefined : median(ratios);
}
