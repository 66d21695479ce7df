import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { startNode } from './node-process.js';

// Row 23: a process that is stopped for longer than its lease lasts. The children publish as an engine would: they
// look at the lease, then give the file its name without replacing (`AtomicFile.publish`).

const SHORT = JSON.stringify({ staleMs: 2000, updateMs: 1000, wait: 30_000 });
const start = (directory: string, name: string) => startNode('publish.mjs', [directory, name, SHORT]);

describe('a process that is stopped for longer than its lease lasts', () => {
  test('does not publish when it is stopped before it looks at its lease', async () => {
    const directory = await temporaryDirectory();
    const first = start(directory, 'first');
    await first.line('held');
    first.kill('SIGSTOP');
    const second = start(directory, 'second');
    await second.line('held');
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
    const directory = await temporaryDirectory();
    const first = start(directory, 'first');
    await first.line('held');
    first.tell('look');
    await first.line('looked');
    first.kill('SIGSTOP');
    const second = start(directory, 'second');
    await second.line('held');
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
    const directory = await temporaryDirectory();
    const first = start(directory, 'first');
    await first.line('held');
    first.kill('SIGSTOP');
    const second = start(directory, 'second');
    await second.line('held');
    first.kill('SIGCONT');
    await first.line('signal lock.lost');
    second.tell('look');
    await second.line('looked');
  });

  test('is one of many: each generation is published once, by a process that had the lease', async () => {
    const directory = await temporaryDirectory();
    const crowd = Array.from({ length: 4 }, (_, index) =>
      startNode('publish.mjs', [directory, `p${index}`, SHORT, 'forever'], {
        env: { UV_THREADPOOL_SIZE: '2' },
      }),
    );
    await Promise.all(crowd.map((one) => one.line('started')));
    for (let round = 0; round < 2; round += 1) {
      const victims = crowd.filter((_, index) => index % 2 === round);
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
    expect(results.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(published.length).toBe(names.length);
    expect(new Set(published).size).toBe(published.length);
    expect(names.length).toBeGreaterThan(4);
  });
});
