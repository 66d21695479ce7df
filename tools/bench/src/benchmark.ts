import { judgeMemory, judgeTargets } from './judge.js';
import { measureScenario } from './measure-scenario.js';
import type { Options } from './options.js';
import type { Programs } from './programs.js';
import { type BenchmarkRecord, type Failure, machine, type ScenarioRecord } from './record.js';
import type { Scenario } from './scenario.js';
import type { OpenSuite } from './suite.js';

export interface Listener {
  /** What is being done now. */
  tell(text: string): void;
  scenario(record: ScenarioRecord): void;
  failure(failure: Failure): void;
}

/** Measures the chosen scenarios one after the other; one that fails is reported, and the others go on. */
export async function runBenchmark(
  suite: OpenSuite,
  options: Options,
  programs: Programs,
  listener: Listener,
): Promise<BenchmarkRecord> {
  const context = { started: new Date(), options, programs, machine: machine() };
  const scenarios: ScenarioRecord[] = [];
  const failures: Failure[] = [];
  await warmUp(programs);
  for (const scenario of choose(suite, options.only)) {
    try {
      const { rounds, patienceMs } = options;
      const measured = await measureScenario(scenario, { rounds, patienceMs, programs, tell: listener.tell });
      const record = { measured, verdicts: judgeTargets(measured) };
      scenarios.push(record);
      listener.scenario(record);
    } catch (error) {
      const failure = {
        scenario: scenario.name,
        error: error instanceof Error ? error.message : String(error),
      };
      failures.push(failure);
      listener.failure(failure);
    }
    await suite.clear(scenario.name);
  }
  return { ...context, scenarios, failures, memory: judgeMemory(scenarios.map(({ measured }) => measured)) };
}

/** Brings both programs into the page cache. */
async function warmUp(programs: Programs): Promise<void> {
  await programs.measure(programs.holdfast('--version'));
  await programs.measure(programs.repozo('--help'));
}

function choose({ scenarios }: OpenSuite, only: readonly string[]): readonly Scenario[] {
  const unknown = only.find((wanted) => !scenarios.some(({ name }) => name === wanted));
  if (unknown !== undefined) {
    throw new Error(
      `there is no scenario '${unknown}'; there are ${scenarios.map(({ name }) => name).join(', ')}`,
    );
  }
  return only.length === 0 ? scenarios : scenarios.filter(({ name }) => only.includes(name));
}
