// node run.mjs [--close] PATH PROGRAM ARGUMENT...: runs a program under a lock, as `holdfast lock run` does.
import { LockFile, runLocked } from '@holdfast/lockfile';

const words = process.argv.slice(2);
const close = words[0] === '--close';
if (close) words.shift();
const [path, file, ...args] = words;
await using_(new LockFile(path));

async function using_(lock) {
  await lock.acquire();
  const { status } = await runLocked({ lock, file, args, close });
  await lock.release();
  process.exitCode = status;
}
