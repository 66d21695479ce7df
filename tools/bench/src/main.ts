import { cpus, loadavg } from 'node:os';
import { relative } from 'node:path';
import { runBenchmark } from './benchmark.js';
import { lockFigures } from './lock-figures.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { findPrograms } from './programs.js';
import { storeRecord } from './record.js';
import { isMissed, scenarioTable, summary, verdictLine } from './report.js';
import { expectRoom } from './room.js';
import { sizeName } from './size.js';
import type { OpenSuite, Suite } from './suite.js';
import { SUITES } from './suites/index.js';
import { toolkitFigures } from './toolkit/figures.js';

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** The exit status: 0 also when a target is missed (without `--strict`), 1 when something could not be measured for an error. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options.help) return say(USAGE);
  if (options.suite === 'locks') return say((await lockFigures()).join('\n'));
  if (options.suite === 'toolkit') return say((await toolkitFigures(options.targetDirectory)).join('\n'));
  const suite = findSuite(options.suite);
  const programs = findPrograms();
  const open = suite.open(options, programs, tell);
  if (options.list) return list(open);
  say(heading(options, programs.versions.ZODB));
  await expectRoom(options);
  try {
    const record = await runBenchmark(open, options, programs, {
      tell,
      scenario: ({ measured, verdicts }) => {
        clearLine();
        const lines = verdicts.map((verdict) => verdictLine(verdict, colour));
        say([`\n${scenarioTable(measured)}`, ...lines].join('\n'));
      },
      failure: ({ scenario, error }) => {
        clearLine();
        say(`\n${scenario}: FAILED\n${error}`);
      },
    });
    const verdicts = [...record.scenarios.flatMap((scenario) => scenario.verdicts), record.memory];
    say(`\n${verdictLine(record.memory, colour).trimStart()}\n\n${summary(verdicts)}`);
    const path = await storeRecord(record);
    say(`All figures are in ${relative(process.cwd(), path)}.`);
    if (record.failures.length > 0) return 1;
    return options.strict && verdicts.some(isMissed) ? 1 : 0;
  } finally {
    await open.close();
  }
}

function findSuite(name: string): Suite {
  const suite = SUITES.get(name);
  if (suite === undefined)
    throw new Error(
      `there is no suite '${name}'; there is ${[...SUITES.keys(), 'locks', 'toolkit'].join(', ')}`,
    );
  return suite;
}

function list({ scenarios }: OpenSuite): number {
  for (const { name, title, targets } of scenarios) {
    say([`${name}: ${title}`, ...targets.map((target) => `  ${target.title}`)].join('\n'));
  }
  return 0;
}

function heading({ size, large, rounds }: Options, zodb: string | undefined): string {
  const turns = `${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
  const sizes = `${sizeName(size)}, large ${sizeName(large)}`;
  const machine = `Node ${process.versions.node}, ZODB ${zodb}, ${cpus().length} processors`;
  return [`Holdfast beside repozo: storage ${sizes}, ${turns} (${machine}).`, ...cautions(size)].join('\n');
}

/** What keeps the figures from being those of the targets. */
function cautions(size: number): readonly string[] {
  const load = loadavg()[0]!;
  return [
    ...(size < 2 ** 30
      ? ['The targets are meant for a storage of 1g; on a smaller one start-up weighs more.']
      : []),
    ...(load > 0.5
      ? [`The machine is busy (load ${load.toFixed(1)}): a program that uses all cores loses more by it.`]
      : []),
  ];
}

/** What is being done: one line that is written over on a terminal, lines on standard error elsewhere. */
function tell(text: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`\r\x1b[K${text}`);
  else process.stderr.write(`${text}\n`);
}

function clearLine(): void {
  if (process.stderr.isTTY === true) process.stderr.write('\r\x1b[K');
}

function say(text: string): number {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}
