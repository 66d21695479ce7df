// A job board in a process that is going to be killed: starts one job, says its id, and what becomes of it.
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { makeJobBoard } from '../../dist/jobs/make-job-board.js';

const { configFile, stateDirectory, kind } = JSON.parse(process.argv[2]);
const backups = { kind: 'site', configFile, storage: 'main' };
const source = { kind: 'filestorage', dataFs: '/none' };
const log = { info: () => {}, warn: () => {}, error: () => {} };
const board = makeJobBoard({
  storages: [{ name: 'main', source, lifeSeconds: 600, backups }],
  fs: nodeFileSystem,
  clock: systemClock,
  log,
  stateDirectory,
});
await board.open();
board.subscribe(({ id, state }) => process.stdout.write(`${state} ${id}\n`));
await board.start({ storage: 'main', kind, by: 'ada' });
