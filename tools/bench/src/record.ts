import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Verdict } from './judge.js';
import type { Measured } from './measure-scenario.js';
import type { Options } from './options.js';
import type { Programs } from './programs.js';
import { ROOT } from './root.js';

export interface ScenarioRecord {
  readonly measured: Measured;
  readonly verdicts: readonly Verdict[];
}

export interface Failure {
  readonly scenario: string;
  readonly error: string;
}

export interface BenchmarkRecord {
  readonly started: Date;
  readonly options: Options;
  readonly programs: Programs;
  readonly machine: ReturnType<typeof machine>;
  readonly scenarios: readonly ScenarioRecord[];
  readonly memory: Verdict;
  readonly failures: readonly Failure[];
}

/** What the figures were measured on. `load` is that of the last minute, before the benchmark. */
export function machine() {
  const processors = cpus();
  return {
    processors: processors.length,
    model: processors[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    load: loadavg()[0]!,
  };
}

/** Stores every single run as JSON; the file's path. */
export async function storeRecord(record: BenchmarkRecord): Promise<string> {
  const { started, options, programs, scenarios, memory, failures } = record;
  const stamp = started.toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
  const directory = join(ROOT, '.bench');
  const path = join(directory, `results-${stamp}.json`);
  const { suite, size, large, rounds } = options;
  const value = {
    format: 'holdfast-bench/1',
    started: started.toISOString(),
    machine: record.machine,
    peers: programs.versions,
    options: { suite, size, large, rounds },
    scenarios: scenarios.map(({ measured: { scenario, runs }, verdicts }) => ({
      name: scenario.name,
      title: scenario.title,
      runs: Object.fromEntries(runs),
      targets: verdicts.map(flat),
    })),
    memory: flat(memory),
    failures,
  };
  await mkdir(directory, { recursive: true });
  await writeFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
  return path;
}

function flat({ title, judgement }: Verdict) {
  return { title, ...judgement };
}
