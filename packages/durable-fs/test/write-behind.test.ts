import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import { temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { fillDurably, nodeBulkFiles } from '../src/index.js';

/** Sleeps as long as the test says. */
function steps() {
  const waiting: { readonly milliseconds: number; readonly wake: () => void }[] = [];
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        waiting.push({ milliseconds, wake: resolve });
      }),
  };
  return { clock, waiting };
}

test('what is made is synced while it is made, and once more at the end', async () => {
  const directory = await temporaryDirectory();
  const { clock, waiting } = steps();
  const calls: string[] = [];
  const bulk = {
    syncTree: async (path: string) => {
      calls.push('tree');
      await nodeBulkFiles.syncTree(path);
    },
    syncEarly: async (path: string) => {
      calls.push('early');
      return await nodeBulkFiles.syncEarly!(path);
    },
  };
  const made = await fillDurably(
    bulk,
    directory,
    async () => {
      writeFileSync(join(directory, 'one'), 'one');
      for (const round of [1, 2]) {
        waiting.at(-1)!.wake();
        while (waiting.length <= round) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return 'made';
    },
    clock,
  );
  expect(made).toBe('made');
  expect(calls).toEqual(['early', 'early', 'tree']);
  expect(waiting.map(({ milliseconds }) => milliseconds)).toEqual([500, 300, 300]);
  expect(readFileSync(join(directory, 'one'), 'utf8')).toBe('one');
});

test('what could not be written meanwhile is an error, and so is what the filling throws', async () => {
  const lost = new HoldfastError('fs.io', 'cannot sync the file system');
  const run = async (fill: (failed: Promise<void>) => Promise<string>) => {
    const { clock, waiting } = steps();
    let tell: () => void = () => {};
    const failed = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const calls: string[] = [];
    const syncEarly = async () => {
      tell();
      throw lost;
    };
    const syncTree = async () => {
      calls.push('tree');
    };
    const running = fillDurably(
      { syncTree, syncEarly },
      '/nowhere',
      async () => {
        waiting.at(-1)!.wake();
        return await fill(failed);
      },
      clock,
    );
    return { running, calls };
  };
  const first = await run(async (failed) => {
    await failed;
    return 'made';
  });
  await expect(first.running).rejects.toBe(lost);
  expect(first.calls).toEqual([]);
  const second = await run(async (failed) => {
    await failed;
    throw new Error('no room');
  });
  await expect(second.running).rejects.toThrow('no room');
});

test('where the system cannot, the sync at the end does it all', async () => {
  const { clock, waiting } = steps();
  const calls: string[] = [];
  const bulk = {
    syncTree: async () => {
      calls.push('tree');
    },
    syncEarly: async () => {
      calls.push('early');
      return false;
    },
  };
  await fillDurably(
    bulk,
    '/nowhere',
    async () => {
      waiting[0]!.wake();
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    clock,
  );
  expect(calls).toEqual(['early', 'tree']);
  expect(waiting).toHaveLength(1);
});
