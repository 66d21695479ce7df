// In a pid namespace of its own (unshare --pid --mount-proc): a holder of a lease is killed, and another program gets
// its pid. Prints what is said of the holder then.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockRepository } from '@holdfast/lockfile';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
const hold = fileURLToPath(new URL('hold.mjs', import.meta.url));
const options = { command: 'next', kind: 'lease' };
const holder = spawn(process.execPath, [hold, 'repository', directory, '{"kind":"lease"}']);
await new Promise((resolve) => holder.stdout.once('data', resolve));
holder.kill('SIGKILL');
await new Promise((resolve) => holder.once('exit', resolve));

// Every new thread takes a pid as well: several tries.
for (let round = 0; round < 200; round += 1) {
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(holder.pid - 1));
  const other = spawn('sleep', ['100'], { stdio: 'ignore' });
  if (other.pid === holder.pid) break;
  other.kill();
}
const error = await lockRepository(directory, options).catch((reason) => reason);
console.log(`liveness ${error.details?.liveness}: ${error.message}`);
rmSync(directory, { recursive: true });
// The end of this process, the first of its namespace, ends all the others.
process.exit(0);
