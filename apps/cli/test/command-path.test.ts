import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleFile, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { commandPath } from '../src/commands/command-path.js';
import { BIN, holdfast } from './support/cli.js';

describe('COMMAND of holdfast snapshot', () => {
  test('has this holdfast and its Node last on its PATH, once', () => {
    const ours = (path: string | undefined) => commandPath(path, '/node/bin/node', '/app/dist/holdfast.cjs');
    expect(ours('/usr/bin:/bin')).toBe('/usr/bin:/bin:/app/bin:/node/bin');
    expect(ours('/node/bin:/app/bin')).toBe('/node/bin:/app/bin');
    expect(ours(undefined)).toBeUndefined();
    expect(ours('')).toBe('');
  });

  test('finds it where cron has started it by a link or as a script', async () => {
    const directory = await temporaryDirectory();
    const dataFs = join(directory, 'Data.fs');
    await sampleFile(dataFs);
    const link = join(directory, 'linked-holdfast');
    await symlink(BIN, link);
    const script = 'holdfast snapshot cat | wc -c; echo $SNAPSHOT_SIZE';
    const args = ['snapshot', '--storage', dataFs, '--', 'bash', '-o', 'pipefail', '-c', script];
    for (const bin of [link, BIN]) {
      const command = [process.execPath, bin];
      const { status, stdout, stderr } = await holdfast(args, { command, env: { PATH: '/usr/bin:/bin' } });
      expect(status, stderr).toBe(0);
      const [copied, size] = stdout.trim().split('\n');
      expect(Number(copied)).toBeGreaterThan(0);
      expect(copied).toBe(size);
    }
  });
});
