import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { type NodeProcess, startNode } from './node-process.js';

// Row 23: a process that is stopped for longer than its lease lasts. The children publish as an engine would: they
// look at the lease, then give the file its name without replacing (`AtomicFile.publish`).

const options = (staleMs: number) => JSON.stringify({ staleMs, updateMs: 1000, wait: 60_000 });
const start = (directory: string, name: string) => startNode('publish.mjs', [directory, name, options(4000)]);

/** One that had the lease and was stopped, and the one that took it over meanwhile. */
interface Scene {
  readonly directory: string;
  readonly first: NodeProcess;
  readonly second: NodeProcess;
}

async function scene(stoppedAfter: 'held' | 'looked'): Promise<Scene> {
  const directory = await temporaryDirectory();
  const first = start(directory, 'first');
  await first.line('held');
  if (stoppedAfter === 'looked') {
    first.tell('look');
    await first.line('looked');
  }
  first.kill('SIGSTOP');
  const second = start(directory, 'second');
  await second.line('held');
  return { directory, first, second };
}

describe('a process that is stopped for longer than its lease lasts', () => {
  let scenes: Promise<Scene>[];
  // All at once: each takes as long as its lease lasts.
  beforeAll(async () => {
    scenes = [scene('held'), scene('looked'), scene('held')];
    await Promise.all(scenes);
  });

  test('does not publish when it is stopped before it looks at its lease', async () => {
    const { directory, first, second } = await scenes[0]!;
    second.tell('look');
    await second.line('looked');
    second.tell('publish');
    await second.line('published');
    first.kill('SIGCONT');
    first.tell('look');
    await first.line('refused lock.lost');
    expect(await readFile(join(directory, 'generation-1'), 'utf8')).toBe('second');
  });

  test('replaces nothing when it is stopped between the look and the publishing', async () => {
    const { directory, first, second } = await scenes[1]!;
    second.tell('look');
    await second.line('looked');
    second.tell('publish');
    await second.line('published');
    first.kill('SIGCONT');
    first.tell('publish');
    await first.line('refused fs.exists');
    expect(await readFile(join(directory, 'generation-1'), 'utf8')).toBe('second');
    expect((await readdir(directory)).filter((name) => name.startsWith('generation'))).toHaveLength(1);
  });

  test('learns of it by the signal when it goes on', async () => {
    const { first, second } = await scenes[2]!;
    first.kill('SIGCONT');
    await first.line('signal lock.lost');
    second.tell('look');
    await second.line('looked');
  });

  test('is one of many: each generation is published once, by a process that had the lease', async () => {
    const directory = await temporaryDirectory();
    const crowd = Array.from({ length: 4 }, (_, index) =>
      startNode('publish.mjs', [directory, `p${index}`, options(2000), 'forever'], {
        env: { UV_THREADPOOL_SIZE: '2' },
      }),
    );
    await Promise.all(crowd.map((one) => one.line('started')));
    const rounds = process.env.HOLDFAST_SLOW === '1' ? 10 : 1;
    for (let round = 0; round < rounds; round += 1) {
      const victims = crowd.filter((_, index) => index % 2 === round % 2);
      for (const one of victims) one.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 3000));
      for (const one of victims) one.kill('SIGCONT');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    for (const one of crowd) one.tell('stop');
    const results = await Promise.all(crowd.map((one) => one.ended()));
    const published = results.flatMap(({ stdout }) =>
      stdout.split('\n').filter((line) => line.startsWith('published')),
    );
    const names = (await readdir(directory)).filter((name) => name.startsWith('generation'));
    for (const { status, stderr } of results) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(published.length).toBe(names.length);
    expect(new Set(published).size).toBe(published.length);
    expect(names.length).toBeGreaterThan(4);
  });
});
