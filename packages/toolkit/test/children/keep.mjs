/** A server that enters a storage and goes on until it is killed. argv: state directory, storage as JSON, code. */
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { Secret } from '@holdfast/errors';
import { makeSnapshotKeeper } from '@holdfast/toolkit';

const [stateDirectory, storage, code] = process.argv.slice(2);
const kept = JSON.parse(storage);
// A secret does not go into JSON.
if (kept.source.kind === 'zope') kept.source.access.password = new Secret('geheim');
const log = { debug() {}, info() {}, warn() {}, error() {} };
const keeper = makeSnapshotKeeper({
  storages: [kept],
  fs: nodeFileSystem,
  clock: systemClock,
  log,
  stateDirectory,
});
await keeper.start();
const held = await keeper.enter(kept.name, code, 'ann');
process.stdout.write(`entered ${JSON.stringify(held)}\n`);
