// node exhausted-board.mjs STATE SPARE: a job board whose process has SPARE descriptors left. Says what becomes of a job then,
// and of one when there are some again.
import { closeSync, openSync } from 'node:fs';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { makeJobBoard } from '../../dist/jobs/make-job-board.js';

const [, , stateDirectory, spare] = process.argv;
const result = { type: 'result', result: { summary: 'fine', lines: [], warnings: [], data: {} } };
const log = { info: () => {}, warn: () => {}, error: () => {} };
const board = makeJobBoard({
  storages: [
    {
      name: 'main',
      source: { kind: 'filestorage', dataFs: '/none' },
      lifeSeconds: 600,
      backups: { kind: 'site', configFile: '/none', storage: 'main' },
    },
  ],
  fs: nodeFileSystem,
  clock: systemClock,
  log,
  stateDirectory,
  program: [process.execPath, '-e', `console.log(${JSON.stringify(JSON.stringify(result))})`],
});
await board.open();
const request = { storage: 'main', kind: 'backup', by: 'ada' };

async function run() {
  const ended = new Promise((resolve) => {
    board.subscribe((job) => job.state === 'running' || resolve(job));
  });
  try {
    await board.start(request);
    const { state, error } = await ended;
    return `${state} ${error?.code ?? ''}`.trim();
  } catch (error) {
    return `refused ${error.code}`;
  }
}

const open = [];
try {
  for (;;) open.push(openSync('/dev/null', 'r'));
} catch {
  for (let at = 0; at < Number(spare); at++) closeSync(open.pop());
}
const first = await run();
for (const descriptor of open) closeSync(descriptor);
console.log(`${first}\n${await run()}`);
