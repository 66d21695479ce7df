import { expect, test } from 'vitest';
import { Waiting } from '../src/index.js';

/** A program that has said some lines, and may have ended. */
function program() {
  const lines: string[] = [];
  let over: Error | string | undefined;
  const waiting = new Waiting(
    () => over,
    () => lines.join('\n'),
  );
  return {
    waiting,
    say: (line: string) => {
      lines.push(line);
      waiting.wake();
    },
    end: (why: Error | string) => {
      over = why;
      waiting.wake();
    },
    line: (text: string, timeoutMs = 10_000) =>
      waiting.until(text, timeoutMs, () => lines.find((line) => line.includes(text))),
  };
}

test('finds what was there before, and what comes after, each for all who wait', async () => {
  const { say, line } = program();
  say('first');
  const both = [line('second'), line('seco')];
  expect(await line('first')).toBe('first');
  say('other');
  say('the second');
  expect(await Promise.all(both)).toEqual(['the second', 'the second']);
});

test('what was said last is found, though nothing more will come', async () => {
  const { say, end, line } = program();
  say('last');
  end('it ended');
  expect(await line('last')).toBe('last');
});

test('ends with the reason and all that was said when it cannot come any more, or the time is up', async () => {
  const { say, end, line } = program();
  say('hello');
  await expect(line('never', 20)).rejects.toThrow('never: timed out\nhello');
  const both = Promise.all([
    expect(line('never')).rejects.toThrow('never: it ended with 3\nhello'),
    expect(line('nowhere')).rejects.toThrow('nowhere: it ended with 3\nhello'),
  ]);
  end('it ended with 3');
  await both;
  const other = program();
  other.end(new Error('not started'));
  await expect(other.line('never')).rejects.toThrow(/^not started$/);
});
