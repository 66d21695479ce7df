import { describe, expect, test } from 'vitest';
import { chooseStamp, type Plan, type PlanState, planBackup, REASON_TEXT } from '../src/plan.js';

const flags = [false, true];
const unknownOr = [undefined, false, true];
const END = 1000;
const chains: readonly PlanState['chain'][] = [
  undefined,
  'damaged',
  { end: END, sourceInPlace: false },
  { end: END, sourceInPlace: true },
];

/** Every state that there can be, sizes as shorter, equal, longer than what is backed up. */
function* allStates(): Generator<PlanState> {
  for (const full of flags)
    for (const thorough of flags)
      for (const sourceSize of [END - 1, END, END + 1])
        for (const chain of chains)
          for (const checkpoints of unknownOr)
            for (const prefix of unknownOr)
              yield { request: { full, thorough }, sourceSize, chain, seen: { checkpoints, prefix } };
}

function plansWhere(condition: (state: PlanState) => boolean): readonly Plan[] {
  return [...allStates()].filter(condition).map(planBackup);
}

const healthy = ({ chain }: PlanState) => typeof chain === 'object';

describe('planBackup, over all states', () => {
  test('gives a plan with a reason that reads as a sentence', () => {
    const plans = plansWhere(() => true);
    expect(plans).toHaveLength(2 * 2 * 3 * 4 * 3 * 3);
    for (const { reason } of plans) expect(REASON_TEXT[reason]).toMatch(/\w{3}/);
  });

  test('makes a full of everything when there is no chain, when asked, and when the chain is damaged', () => {
    for (const plan of plansWhere(({ chain }) => chain === undefined)) {
      expect(plan).toEqual({ kind: 'full', reason: 'first' });
    }
    for (const plan of plansWhere((s) => s.chain !== undefined && s.request.full)) {
      expect(plan).toEqual({ kind: 'full', reason: 'asked' });
    }
    for (const plan of plansWhere((s) => s.chain === 'damaged' && !s.request.full)) {
      expect(plan).toEqual({ kind: 'full', reason: 'chain-damaged' });
    }
  });

  test('never continues a source that is shorter than its backup', () => {
    for (const plan of plansWhere((s) => healthy(s) && !s.request.full && s.sourceSize < END)) {
      expect(plan).toEqual({ kind: 'full', reason: 'source-shrank' });
    }
  });

  test('never continues, and never says unchanged, without checkpoints that were looked at and agree', () => {
    for (const state of allStates()) {
      const plan = planBackup(state);
      if (plan.kind === 'increment' || plan.kind === 'nothing') expect(state.seen.checkpoints).toBe(true);
    }
  });

  test('never continues a source in another place, or thoroughly, without the prefix having been read', () => {
    for (const state of allStates()) {
      const plan = planBackup(state);
      if (plan.kind !== 'increment' && plan.kind !== 'nothing') continue;
      const inPlace = typeof state.chain === 'object' && state.chain.sourceInPlace;
      if (!inPlace || state.request.thorough) expect(state.seen.prefix).toBe(true);
      expect(state.seen.prefix).not.toBe(false);
    }
  });

  test('asks for each look once, so that deciding ends', () => {
    for (const state of allStates()) {
      const plan = planBackup(state);
      if (plan.kind === 'look') expect(state.seen[plan.at]).toBeUndefined();
    }
  });

  test('says increment exactly where the source has grown, nothing where it has not', () => {
    const agreed = (s: PlanState) =>
      healthy(s) && !s.request.full && s.seen.checkpoints === true && s.seen.prefix === true;
    for (const plan of plansWhere((s) => agreed(s) && s.sourceSize > END)) {
      expect(plan).toEqual({ kind: 'increment', reason: 'grown', start: END });
    }
    for (const plan of plansWhere((s) => agreed(s) && s.sourceSize === END)) {
      expect(plan).toEqual({ kind: 'nothing', reason: 'unchanged' });
    }
  });
});

describe('chooseStamp', () => {
  const now = Date.UTC(2026, 10, 21, 1, 2, 3, 400);

  test('takes the second of the clock when it is free', () => {
    expect(chooseStamp(undefined, now)).toEqual({ kind: 'use', stamp: '2026-11-21-01-02-03' });
    expect(chooseStamp('2026-11-21-01-02-02', now)).toEqual({ kind: 'use', stamp: '2026-11-21-01-02-03' });
  });

  test('waits for the next second when this one is taken, and out a small step back', () => {
    expect(chooseStamp('2026-11-21-01-02-03', now)).toEqual({ kind: 'wait', ms: 600 });
    expect(chooseStamp('2026-11-21-01-02-07', now)).toEqual({ kind: 'wait', ms: 4600 });
  });

  test('refuses a clock that is far behind, and a name that is no time', () => {
    expect(chooseStamp('2026-11-21-01-02-09', now)).toMatchObject({ kind: 'refuse' });
    expect(chooseStamp('2099-99-99-99-99-99', now)).toMatchObject({ kind: 'refuse' });
  });
});
