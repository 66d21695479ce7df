import { HoldfastError } from '@holdfast/errors';
import { expect, test } from 'vitest';
import { inSentences } from '../../src/snapshot/problem.js';

test.each([
  ['http://a did not leave: connection refused', 'http://a did not leave: connection refused. Do it.'],
  ['It was lost.', 'It was lost. Do it.'],
])('what is wrong and what to do are two sentences: %s', (message, words) => {
  expect(inSentences(new HoldfastError('snapshot.not-left', message, { hint: 'Do it.' }))).toBe(words);
});
