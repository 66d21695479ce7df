/**
 * `holdfast snapshot --storage S -- true` on a storage that was closed tidily, beside Node's own start. Run after a build:
 * node packages/directorystorage/bench/snapshot.mjs [rounds]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 21);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-snapshot-'));
try {
  spawnSync('tar', ['xzf', here('../test/fixtures/clean-chunky.tar.gz'), '-C', directory]);
  const storage = join(directory, 'clean-chunky');
  const programs = {
    'node -e 0': ['-e', '0'],
    'holdfast snapshot -- true': [
      here('../../../apps/cli/bin/holdfast.js'),
      'snapshot',
      '-q',
      '--storage',
      storage,
      '--',
      'true',
    ],
  };
  for (const [name, args] of Object.entries(programs)) {
    const times = Array.from({ length: rounds }, () => measure(args)).sort((a, b) => a - b);
    const [least, median] = [times[0], times[rounds >> 1]];
    process.stdout.write(`${name}: median ${median.toFixed(0)} ms, least ${least.toFixed(0)} ms\n`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function measure(args) {
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args);
  if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}
