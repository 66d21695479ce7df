import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BesideTask, nodeBulkFiles } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, it } from 'vitest';
import { TreeQueue } from '../src/tree-queue.js';

const beside = nodeBulkFiles.beside!;
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

const TASK: BesideTask = { kind: 'finish', path: 'file', mtimeMs: 0 };

/** A queue in whose directory the task can be done. */
async function newQueue(): Promise<TreeQueue> {
  const directory = await temporaryDirectory();
  writeFileSync(join(directory, 'file'), '');
  return new TreeQueue(beside, () => ({ from: directory, to: directory }));
}

describe('a queue', () => {
  // Around the sizes of one batch and of all that may be under way.
  const counts = [0, 1, 126, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1279, 1280, 1281, 1537];

  it.each(counts)('takes every step in its order: %i tasks, then steps without a task', async (count) => {
    const queue = await newQueue();
    const taken: (number | string)[] = [];
    const take = (what: number | string) => {
      taken.push(what);
      return undefined;
    };
    for (const at of numbers(count)) {
      queue.add(TASK, () => take(at));
      await queue.goOn();
    }
    for (const at of numbers(3)) await queue.after(() => take(`after ${at}`));
    await queue.drain();
    expect(taken).toEqual([...numbers(count), 'after 0', 'after 1', 'after 2']);
    expect(queue.isIdle).toBe(true);
  });

  it('waits for a step that takes time', async () => {
    const queue = await newQueue();
    const taken: string[] = [];
    queue.add(TASK, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      taken.push('slow');
    });
    await queue.after(async () => void taken.push('after'));
    queue.addStep(() => void taken.push('last'));
    await queue.drain();
    expect(taken).toEqual(['slow', 'after', 'last']);
  });

  it('tells what a step throws, and can be settled then', async () => {
    const queue = await newQueue();
    queue.add(TASK, (outcome) => {
      throw new Error(`after ${outcome.kind}`);
    });
    for (const _ of numbers(2000)) queue.add(TASK, () => undefined);
    await expect(queue.drain()).rejects.toThrow('after done');
    await queue.settle();
  });
});
