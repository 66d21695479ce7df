import { printable } from '@holdfast/errors';
import type { Context } from './context.js';

/**
 * The recipe's question: only the whole word yes goes on, in any case; no, an empty line and the end of the input
 * mean no; anything else asks again.
 *
 * @param about what will be done, told once
 */
export async function confirm(
  { streams, signal }: Pick<Context, 'streams' | 'signal'>,
  about: readonly string[],
  question: string,
): Promise<boolean> {
  const { createInterface } = await import('node:readline');
  const { stdin, stderr } = streams;
  signal.throwIfAborted();
  for (const line of about) stderr.write(`${printable(line)}\n`);
  const lines = createInterface({ input: stdin });
  const stop = () => lines.close();
  signal.addEventListener('abort', stop);
  const answers = lines[Symbol.asyncIterator]();
  try {
    for (;;) {
      stderr.write(`${question} (yes/No)? `);
      const { value, done } = await answers.next();
      if (done === true) stderr.write('\n');
      signal.throwIfAborted();
      const answer = done === true ? '' : String(value).trim().toLowerCase();
      if (answer === 'yes') return true;
      if (answer === '' || answer === 'no') return false;
      stderr.write('Please answer yes or no.\n');
    }
  } finally {
    signal.removeEventListener('abort', stop);
    lines.close();
  }
}
