// Holds a lock in a block that SIGTERM ends in good order, and goes on after it.
import { createInterface } from 'node:readline';
import { LockFile } from '@holdfast/lockfile';

setInterval(() => {}, 1000);
const stop = new Promise((resolve) => {
  process.once('SIGTERM', resolve);
});
await new LockFile(process.argv[2]).use(async () => {
  console.log('held');
  await stop;
});
console.log('released');
for await (const line of createInterface({ input: process.stdin })) if (line === 'end') break;
process.exit(0);
