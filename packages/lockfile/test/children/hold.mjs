// Takes a lock and tells of it line by line, so that a test in another process can play with it.
//
//   node hold.mjs KIND PATH [JSON options]
//
// KIND: kernel, barman, storage, repository, lease. Prints `held` or `error CODE`, then obeys one word a line on its
// standard input: `release`, `assert` (prints `assert ok` or `assert CODE`), `block MS` (blocks the event loop),
// `collect` (a garbage collection of a large heap), `end`. Prints `lost` when the lock's signal is aborted.
import { createInterface } from 'node:readline';
import * as lockfile from '@holdfast/lockfile';

const [kind, path, json = '{}'] = process.argv.slice(2);
const options = JSON.parse(json);

const take = {
  kernel: async () => {
    const lock = await lockfile.KernelLock.acquire(path, options);
    if (options.text !== undefined) lock.writeText(options.text);
    return lock;
  },
  barman: async () => {
    const lock = new lockfile.LockFile(path);
    const locked = await lock.acquire(options);
    if (!locked) throw Object.assign(new Error('not locked'), { code: 'false' });
    return lock;
  },
  storage: () => lockfile.StorageLock.acquire(path, options),
  repository: () => lockfile.lockRepository(path, { command: 'test hold', ...options }),
  lease: () => lockfile.LeaseLock.acquire(path, { command: 'test hold', ...options }),
};

let lock;
try {
  lock = await take[kind]();
} catch (error) {
  console.log(`error ${error.code}: ${error.message}`);
  process.exit(9);
}
lock.signal?.addEventListener('abort', () => console.log('lost'));
console.log(`held ${lock.kind ?? kind} pid ${process.pid}`);

setInterval(() => {}, 1000);
for await (const line of createInterface({ input: process.stdin })) {
  const [word, value] = line.split(' ');
  if (word === 'release') {
    await lock.release();
    console.log('released');
  } else if (word === 'assert') {
    try {
      await lock.assertHeld();
      console.log('assert ok');
    } catch (error) {
      console.log(`assert ${error.code}: ${error.message}`);
    }
  } else if (word === 'block') {
    console.log('blocking');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(value));
    console.log('unblocked');
  } else if (word === 'collect') {
    console.log('blocking');
    let heap = [];
    for (let i = 0; i < 3_000_000; i += 1) heap.push({ i, next: heap.at(-1) });
    globalThis.gc?.();
    heap = undefined;
    globalThis.gc?.();
    console.log('unblocked');
  } else if (word === 'end') {
    break;
  }
}
process.exit(0);
