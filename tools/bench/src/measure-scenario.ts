import { untilIdle } from './idle.js';
import type { Programs } from './programs.js';
import type { Contender, Run, Runs, Scenario } from './scenario.js';

export interface Measured {
  readonly scenario: Scenario;
  readonly contenders: readonly Contender[];
  readonly runs: Runs;
}

export interface Measuring {
  readonly rounds: number;
  /** How long to wait for a quiet machine before a run. */
  readonly patienceMs: number;
  readonly programs: Programs;
  readonly tell: (text: string) => void;
}

/** Lets the contenders of a scenario work in turns, so that what else the machine does hits all of them. */
export async function measureScenario(
  scenario: Scenario,
  { rounds, patienceMs, programs, tell }: Measuring,
): Promise<Measured> {
  tell(`${scenario.name}: preparing`);
  const contenders = await scenario.prepare();
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  const wanted = Math.min(rounds, scenario.mostRounds ?? rounds);
  for (let round = 1; round <= wanted; round += 1) {
    for (const contender of contenders) {
      if (contender.missing !== undefined) continue;
      tell(`${scenario.name}: round ${round} of ${wanted}, ${contender.name}`);
      const command = await contender.reset();
      await untilIdle(patienceMs);
      const cost = await programs.measure(command);
      const storedBytes = await contender.inspect?.();
      runs
        .get(contender.name)!
        .push({ round, ...cost, ...(storedBytes === undefined ? {} : { storedBytes }) });
    }
  }
  return { scenario, contenders, runs };
}
