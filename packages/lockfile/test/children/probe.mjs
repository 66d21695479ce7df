// node probe.mjs DATA_FS, or node probe.mjs --owner LOCK: prints what the look gave, or `error CODE`.
import { LockFile, probeStorageLock } from '@holdfast/lockfile';

const [first, second] = process.argv.slice(2);
try {
  const found =
    first === '--owner' ? await new LockFile(second).getOwnerPid() : await probeStorageLock(first);
  console.log(JSON.stringify(found));
} catch (error) {
  console.log(`error ${error.code}`);
}
