// node contend.mjs DIRECTORY TOTAL: adds to a counter under a lock, one round after the other, until it is TOTAL.
// The counter is read and written in two steps, so two holders at once would lose a round; each entry and exit is
// one line in a log. Prints the open descriptors after its first round and after its last.
import { appendFileSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { KernelLock } from '@holdfast/lockfile';

const [directory, total] = process.argv.slice(2);
const counter = openSync(`${directory}/counter`, 'r+');
const buffer = Buffer.alloc(8);
const countDescriptors = () => readdirSync('/proc/self/fd').length;

let atFirst;
for (let done = false; !done; ) {
  const lock = await KernelLock.acquire(`${directory}/some.lock`, { wait: Number.POSITIVE_INFINITY });
  appendFileSync(`${directory}/log`, `in ${process.pid}\n`);
  lock.writeText(`${process.pid}\n`);
  readSync(counter, buffer, 0, 8, 0);
  const count = Number(buffer.toString());
  done = count >= Number(total);
  if (!done) writeSync(counter, String(count + 1).padStart(8, '0'), 0);
  appendFileSync(`${directory}/log`, `out ${process.pid}\n`);
  await lock.release();
  atFirst ??= countDescriptors();
  // Now and then out of the way for a while, so that the lock really goes from process to process.
  if (Math.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
}
console.log(`descriptors ${atFirst} ${countDescriptors()}`);
