// Measures the locks; barman's Python beside them where the peers are installed (`npm run peers`).
//
//   node packages/lockfile/bench/locks.mjs [--json]
//
// `first use` is the first acquire + release in a fresh process, less the median of the later ones, so what is loaded
// for it; the median of several processes. Everything else is one process, acquire + release, uncontended.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KernelLock, LockFile, lockRepository } from '@holdfast/lockfile';

const LIMITS = { 'KernelLock, ms': 0.05, 'KernelLock, first use, ms': 15 };
const WITHOUT_KOFFI = fileURLToPath(new URL('../test/children/without-koffi.cjs', import.meta.url));
const PYTHON = fileURLToPath(new URL('../../../.peers/venv/bin/python', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
const path = join(directory, 'some.lock');

const rounds = {
  kernel: async () => (await KernelLock.acquire(path)).release(),
  barman: async () => {
    const lock = new LockFile(path);
    await lock.acquire();
    await lock.release();
  },
  repository: async () => (await lockRepository(directory, { command: 'bench' })).release(),
  lease: async () => (await lockRepository(directory, { command: 'bench', kind: 'lease' })).release(),
};

if (process.argv[2] === '--first') {
  console.log(JSON.stringify(await firstAndLater(rounds[process.argv[3]])));
  rmSync(directory, { recursive: true });
} else {
  const figures = await measure();
  rmSync(directory, { recursive: true });
  if (process.argv.includes('--json')) console.log(JSON.stringify(figures));
  else print(figures);
}

async function measure() {
  const figures = {};
  figures['KernelLock, ms'] = await perRound(rounds.kernel, 20_000);
  figures['KernelLock, first use, ms'] = firstUse('kernel');
  figures['LockFile (writes its pid), ms'] = await perRound(rounds.barman, 10_000);
  figures['repository lock, kernel, ms'] = await perRound(rounds.repository, 1000);
  figures['repository lock, lease, ms'] = await perRound(rounds.lease, 300);
  figures['repository lock, lease, first use, ms'] = firstUse('lease');
  figures['KernelLock through util-linux, ms'] = firstUse('kernel', ['--require', WITHOUT_KOFFI], 'later');
  return existsSync(PYTHON) ? { ...figures, ...barman() } : figures;
}

/** Milliseconds a round: the median of a hundred batches. */
async function perRound(round, count) {
  for (let index = 0; index < count / 10; index += 1) await round();
  const batches = [];
  for (let batch = 0; batch < 100; batch += 1) {
    const begin = performance.now();
    for (let index = 0; index < count / 100; index += 1) await round();
    batches.push((performance.now() - begin) / (count / 100));
  }
  return median(batches);
}

async function firstAndLater(round) {
  const begin = performance.now();
  await round();
  const first = performance.now() - begin;
  const later = [];
  for (let index = 0; index < 50; index += 1) {
    const start = performance.now();
    await round();
    later.push(performance.now() - start);
  }
  return { first: first - median(later), later: median(later) };
}

function firstUse(kind, nodeArgs = [], which = 'first') {
  const script = fileURLToPath(import.meta.url);
  const runs = Array.from({ length: 11 }, () =>
    JSON.parse(execFileSync(process.execPath, [...nodeArgs, script, '--first', kind], { encoding: 'utf8' })),
  );
  return median(runs.map((run) => run[which]));
}

function barman() {
  const script = `
import json, os, statistics, sys, tempfile, time
t = time.perf_counter(); from barman.lockfile import LockFile; load = time.perf_counter() - t
path = sys.argv[1]
def round():
    lock = LockFile(path); lock.acquire(); lock.release()
t = time.perf_counter(); round(); first = time.perf_counter() - t
batches = []
for _ in range(100):
    t = time.perf_counter()
    for _ in range(100): round()
    batches.append((time.perf_counter() - t) / 100)
later = statistics.median(batches)
print(json.dumps([later * 1000, (load + first - later) * 1000]))
`;
  const runs = Array.from({ length: 5 }, () =>
    JSON.parse(execFileSync(PYTHON, ['-c', script, join(tmpdir(), `holdfast-bench-${process.pid}.lock`)])),
  );
  rmSync(join(tmpdir(), `holdfast-bench-${process.pid}.lock`), { force: true });
  return {
    'barman LockFile in Python, ms': median(runs.map(([later]) => later)),
    'barman LockFile in Python, first use with its import, ms': median(runs.map(([, first]) => first)),
  };
}

function print(figures) {
  for (const [name, value] of Object.entries(figures)) {
    const limit = LIMITS[name];
    const verdict = limit === undefined ? '' : `  (limit ${limit}: ${value <= limit ? 'ok' : 'MISSED'})`;
    console.log(`${value.toFixed(4).padStart(10)}  ${name}${verdict}`);
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
