import { PassThrough } from 'node:stream';
import { HoldfastError } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { confirm } from '../src/prompt.js';
import { memoryStream } from './support/memory-stream.js';

function asking() {
  const stdin = new PassThrough();
  const stderr = memoryStream();
  const stopping = new AbortController();
  const streams = { stdin, stdout: memoryStream(), stderr };
  const answer = confirm({ streams, signal: stopping.signal }, ['This will replace it.'], 'Are you sure?');
  return { stdin, stderr, stopping, answer };
}

async function answered(...lines: readonly string[]) {
  const { stdin, stderr, answer } = asking();
  stdin.end(lines.join('\n'));
  return { yes: await answer, questions: stderr.text().split('Are you sure? (yes/No)? ').length - 1 };
}

describe('the question before a restore', () => {
  test.each(['yes', 'YES', 'Yes', ' yes '])('%j goes on', async (word) => {
    expect(await answered(word, '')).toEqual({ yes: true, questions: 1 });
  });

  test.each(['no', 'NO', '', '  '])('%j does not', async (word) => {
    expect(await answered(word, '')).toEqual({ yes: false, questions: 1 });
  });

  test('the end of the input means no', async () => {
    expect(await answered()).toEqual({ yes: false, questions: 1 });
  });

  test('a last line without its end counts', async () => {
    expect((await answered('yes')).yes).toBe(true);
  });

  test.each(['y', 'n', 'yess', 'ja', 'yes please'])('%j is asked again', async (word) => {
    expect(await answered(word, 'yes', '')).toEqual({ yes: true, questions: 2 });
  });

  test('what will be done is told once', async () => {
    const { stdin, stderr, answer } = asking();
    stdin.end('y\ny\nno\n');
    await answer;
    expect(stderr.text().split('This will replace it.').length - 1).toBe(1);
  });

  test('Ctrl-C ends the waiting for an answer', async () => {
    const { stopping, answer } = asking();
    setImmediate(() => stopping.abort(new HoldfastError('cancelled', 'stopped')));
    await expect(answer).rejects.toThrow(expect.objectContaining({ code: 'cancelled' }));
  });
});
