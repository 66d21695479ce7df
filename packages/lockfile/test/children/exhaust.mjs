// node exhaust.mjs PATH first|later: opens files until there are no more descriptors, then locks; koffi is loaded
// in that state (`first`) or before it (`later`). Then closes them and locks again.
import { closeSync, openSync } from 'node:fs';
import { KernelLock, systemFlock } from '@holdfast/lockfile';

const [path, order] = process.argv.slice(2);
if (order === 'later') await systemFlock();
const open = [];
try {
  for (;;) open.push(openSync('/dev/null', 'r'));
} catch {
  // No descriptor is left.
}
const failure = await KernelLock.acquire(path).catch((error) => error);
for (const descriptor of open) closeSync(descriptor);
console.log(`error ${failure.code}`);
const lock = await KernelLock.acquire(path);
console.log(lock.held ? 'held' : 'not held');
