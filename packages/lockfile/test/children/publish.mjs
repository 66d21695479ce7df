// node publish.mjs DIRECTORY NAME JSON [forever]: publishes files under a lease. Obeys `look` (is the lease ours?)
// and `publish`, one word a line; with `forever` it goes on by itself until `stop`.
import { createInterface } from 'node:readline';
import { nodeFileSystem, publishFile } from '@holdfast/durable-fs';
import { LeaseLock } from '@holdfast/lockfile';

const [directory, name, json, forever] = process.argv.slice(2);
const path = `${directory}/some.lock`;
const options = { command: name, ...JSON.parse(json) };

async function nextGeneration() {
  const entries = await nodeFileSystem.readDirectory(directory);
  const numbers = entries.map((entry) => Number(/^generation-(\d+)$/.exec(entry.name)?.[1] ?? 0));
  return Math.max(0, ...numbers) + 1;
}

async function publish(generation) {
  await publishFile(nodeFileSystem, `${directory}/generation-${generation}`, name);
  console.log(`published ${generation}`);
}

let stopped = false;
const lines = createInterface({ input: process.stdin });
if (forever === undefined) await obey();
else await goOn();
process.exit(0);

async function obey() {
  const lease = await LeaseLock.acquire(path, options);
  lease.signal.addEventListener('abort', () => console.log(`signal ${lease.signal.reason.code}`));
  const generation = await nextGeneration();
  console.log('held');
  for await (const word of lines) {
    try {
      if (word === 'look') {
        lease.assertHeld();
        console.log('looked');
      } else if (word === 'publish') await publish(generation);
    } catch (error) {
      console.log(`refused ${error.code}`);
    }
  }
}

async function goOn() {
  lines.on('line', () => {
    stopped = true;
  });
  console.log('started');
  while (!stopped) {
    const lease = await LeaseLock.acquire(path, options);
    try {
      const generation = await nextGeneration();
      await new Promise((resolve) => setTimeout(resolve, 100));
      lease.assertHeld();
      await publish(generation);
    } catch (error) {
      console.log(`refused ${error.code}`);
    } finally {
      await lease.release();
    }
  }
}
