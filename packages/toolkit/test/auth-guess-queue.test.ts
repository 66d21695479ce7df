import { setImmediate } from 'node:timers/promises';
import { FixedClock } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { GuessQueue, type QueueLimits, type Rank } from '../src/auth/guess-queue.js';

class StandingClock extends FixedClock {
  readonly waits: { readonly ms: number; readonly ring: () => void }[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waits.push({ ms, ring: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  }
}

function make(limits: QueueLimits = {}) {
  const clock = new StandingClock();
  const queue = new GuessQueue(clock, limits);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const push = (name: string, rank: Rank, address = name, mayStart = () => true) =>
    queue.run({
      rank,
      address,
      mayStart,
      work: () =>
        new Promise<string>((resolve) => {
          started.push(name);
          ends.set(name, () => resolve(name));
        }),
    });
  const end = async (name: string) => {
    ends.get(name)!();
    await setImmediate();
  };
  return { clock, queue, started, push, end };
}

describe('proofs that wait', () => {
  test('are worked on two at a time: the known first, then who has not failed, the newest first', async () => {
    const { push, started, end } = make();
    void push('a', 1);
    void push('b', 0);
    for (const [name, rank] of [
      ['c', 2],
      ['d', 1],
      ['e', 1],
      ['f', 0],
    ] as const)
      void push(name, rank);
    expect(started).toEqual(['a', 'b']);
    for (const name of ['a', 'b', 'f', 'e', 'd']) await end(name);
    expect(started).toEqual(['a', 'b', 'f', 'e', 'd', 'c']);
  });

  test('of guessers leave a place free', async () => {
    const { push, started, end } = make();
    void push('a', 2);
    void push('b', 2);
    expect(started).toEqual(['a']);
    void push('c', 1);
    expect(started).toEqual(['a', 'c']);
    await end('c');
    expect(started).toEqual(['a', 'c']);
    await end('a');
    expect(started).toEqual(['a', 'c', 'b']);
  });

  test('of guessers are five a second after the first ten; nobody else waits for them', async () => {
    const { clock, push, started, end } = make();
    for (let n = 0; n < 12; n++) {
      void push(`g${n}`, 2);
      if (n < 10) await end(`g${n}`);
    }
    expect(started).toHaveLength(10);
    expect(clock.waits.map(({ ms }) => ms)).toEqual([200]);
    void push('known', 0);
    void push('new', 1);
    expect(started.slice(-2)).toEqual(['known', 'new']);
    await end('known');
    await end('new');
    clock.advance(200);
    clock.waits[0]!.ring();
    await setImmediate();
    expect(started.slice(-2)).toEqual(['new', 'g10']);
  });

  test('of addresses that are new are ten a second after the first twenty; the known wait for none', async () => {
    const { clock, push, started, end } = make();
    for (let n = 0; n < 20; n++) {
      void push(`n${n}`, 1);
      await end(`n${n}`);
    }
    void push('late', 1);
    void push('guesser', 2);
    expect(started.slice(-2)).toEqual(['n19', 'guesser']);
    expect(clock.waits.map(({ ms }) => ms)).toEqual([100]);
    void push('known', 0);
    expect(started.at(-1)).toBe('known');
    await end('known');
    clock.advance(100);
    clock.waits[0]!.ring();
    await setImmediate();
    expect(started.at(-1)).toBe('late');
  });

  test('are so many, and so many of one address; who comes new takes the place of a guesser', async () => {
    const { push, started } = make({ waiting: 4, waitingOfAddress: 2, concurrent: 0 });
    const answers: string[] = [];
    const note = (name: string, rank: Rank, address?: string) =>
      void push(name, rank, address).then((answer) => answers.push(`${name} ${answer ?? 'refused'}`));
    note('a1', 2, 'a');
    note('a2', 2, 'a');
    note('a3', 2, 'a');
    note('b', 2);
    note('c', 2);
    await setImmediate();
    expect(answers).toEqual(['a3 refused']);
    note('d', 2);
    for (const name of ['e', 'f', 'g', 'h', 'i']) note(name, 1);
    await setImmediate();
    expect(
      answers
        .slice(1)
        .map((answer) => answer[0])
        .join(' '),
    ).toBe('d c b a a e');
    for (let n = 0; n < 5; n++) note(`k${n}`, 0, 'proxy');
    await setImmediate();
    expect(answers.slice(7)).toEqual(['k4 refused']);
    expect(started).toEqual([]);
  });

  test('are asked again when their turn comes, and cost nothing when they may not', async () => {
    const { push, started, end } = make({ concurrent: 1, burst: 4 });
    let may = true;
    void push('a', 2);
    const late = push('b', 2, 'b', () => may);
    void push('c', 2);
    may = false;
    await end('a');
    expect(await late).toBeUndefined();
    expect(started).toEqual(['a', 'c']);
  });

  test('are let go when the server stops, and none comes after', async () => {
    const { queue, push, started } = make({ concurrent: 1, burst: 1 });
    void push('a', 2);
    const b = push('b', 2);
    queue.close();
    expect(await b).toBeUndefined();
    expect(await push('c', 0)).toBeUndefined();
    expect(started).toEqual(['a']);
  });

  test('a failure goes to the one who asked, and the next is worked on', async () => {
    const { queue, push, started } = make({ concurrent: 1 });
    const failing = queue.run({
      rank: 2,
      address: 'x',
      mayStart: () => true,
      work: () => Promise.reject(new Error('no memory')),
    });
    void push('after', 2);
    await expect(failing).rejects.toThrow('no memory');
    await setImmediate();
    expect(started).toEqual(['after']);
  });
});
