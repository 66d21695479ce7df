import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { megabytes } from '../size.js';
import { runLoad } from './load.js';
import { AUTHORIZATION, type BenchServer, startServer } from './server.js';

const CLIENTS = 50;
const SECONDS = 30;
/** A client that asks ten times a second is one in a hurry. */
const PAUSE_MS = 100;
const DATA_BYTES = 64e6;
/** Milliseconds. */
const MOST_P99 = 100;
const MOST_GROWTH = 20e6;

/**
 * The suite `toolkit` (issue 6, "It works when", 5): status and XML-RPC reads while backups run one after the other. Gives the
 * lines of the report.
 */
export async function toolkitFigures(targetDirectory: string): Promise<readonly string[]> {
  const directory = join(targetDirectory, 'toolkit');
  await rm(directory, { recursive: true, force: true });
  const server = await startServer(directory, DATA_BYTES);
  try {
    await runLoad({
      ...server,
      authorization: AUTHORIZATION,
      clients: CLIENTS,
      seconds: 5,
      pauseMs: PAUSE_MS,
    });
    const watched = watch(server);
    const figures = await runLoad({
      ...server,
      authorization: AUTHORIZATION,
      clients: CLIENTS,
      seconds: SECONDS,
      pauseMs: PAUSE_MS,
    });
    const { backups, memory } = await watched.end();
    const at = (share: number) => figures.times[Math.floor(figures.times.length * share)] ?? Number.NaN;
    const third = Math.floor(memory.length / 3);
    const growth = Math.max(...memory.slice(-third)) - Math.max(...memory.slice(0, third));
    const result = {
      requestsPerSecond: figures.requests / SECONDS,
      errors: figures.errors.length,
      p50: at(0.5),
      p99: at(0.99),
      longest: figures.times.at(-1),
      backups,
      peakBytes: Math.max(...memory),
      growth,
    };
    await mkdir(targetDirectory, { recursive: true });
    await writeFile(join(targetDirectory, 'toolkit.json'), `${JSON.stringify(result, undefined, 2)}\n`);
    const ms = (value: number | undefined) => `${(value ?? Number.NaN).toFixed(1)} ms`;
    return [
      `${CLIENTS} clients, ${SECONDS} s, ${backups} backups done meanwhile: ${result.requestsPerSecond.toFixed(0)} requests a second`,
      verdict(figures.errors.length === 0, `errors: ${figures.errors.length} ${figures.errors[0] ?? ''}`),
      verdict(
        result.p99 <= MOST_P99,
        `p99 ${ms(result.p99)} (at most ${MOST_P99}); p50 ${ms(result.p50)}, longest ${ms(result.longest)}`,
      ),
      verdict(
        growth <= MOST_GROWTH,
        `memory: at most ${megabytes(result.peakBytes)}, the last third ${megabytes(growth)} above the first (at most ${megabytes(MOST_GROWTH)})`,
      ),
      verdict(backups > 0, 'backups ran'),
    ];
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const verdict = (reached: boolean, text: string) =>
  `${(reached ? 'reached' : 'MISSED').padEnd(12)}  ${text.trimEnd()}`;

/** Runs one full backup after the other, and looks at the memory, until it is ended. */
function watch(server: BenchServer) {
  let running = true;
  let backups = 0;
  const memory: number[] = [];
  const headers = { authorization: AUTHORIZATION, 'content-type': 'application/json' };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 250));
  const backUp = async () => {
    const body = JSON.stringify({ storage: 'main', kind: 'fullbackup' });
    const started = await fetch(`${server.url}/api/v1/jobs`, { method: 'POST', headers, body });
    const { id } = (await started.json()) as { readonly id: string };
    for (;;) {
      const job = (await (await fetch(`${server.url}/api/v1/jobs/${id}`, { headers })).json()) as {
        readonly state: string;
      };
      if (job.state === 'done') return;
      if (job.state !== 'running') throw new Error(`a backup ended as ${job.state}`);
      await pause();
    }
  };
  const backingUp = (async () => {
    while (running) {
      await backUp();
      backups += 1;
    }
  })();
  const looking = (async () => {
    while (running) {
      memory.push(await server.residentBytes());
      await pause();
    }
  })();
  return {
    async end() {
      running = false;
      await Promise.all([backingUp, looking]);
      return { backups, memory };
    },
  };
}
