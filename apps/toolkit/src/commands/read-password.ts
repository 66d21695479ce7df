import { StringDecoder } from 'node:string_decoder';
import { HoldfastError } from '@holdfast/errors';

/** Bytes of a password that comes through a pipe, its line end included. */
const LONGEST = 4096;

/** From the terminal, twice and without showing it; from anything else, its first line. */
export async function readPassword(user: string): Promise<string> {
  if (process.stdin.isTTY !== true) return await firstLine();
  const password = await ask(`Password of ${user}: `);
  if ((await ask('Again: ')) !== password)
    throw new HoldfastError('usage', 'the two passwords differ', {
      hint: 'Nothing was changed; run it again, and type the same password twice.',
    });
  return password;
}

async function firstLine(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LONGEST || chunk.includes(10)) break;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const line = text.split('\n', 1)[0]!.replace(/\r$/, '');
  if (length > LONGEST && !text.includes('\n'))
    throw new HoldfastError('usage', `the first line of standard input is longer than ${LONGEST} bytes`, {
      hint: 'The first line is the password; nothing else may stand in it.',
    });
  if (line === '')
    throw new HoldfastError('usage', 'there is no password on standard input', {
      hint: 'Run it on a terminal, which asks for it, or put the password in the first line of standard input: < FILE',
    });
  return line;
}

const ENTER = /^[\r\n]$/;
const BACKSPACE = /^[\b\u007f]$/;
/** Ctrl-C, Ctrl-D, Ctrl-Z. */
const GIVE_UP = /^[\u0003\u0004\u001a]$/;

function ask(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  const decoder = new StringDecoder('utf8');
  // First: who types ahead must not see it either.
  stdin.setRawMode(true).resume();
  stderr.write(prompt);
  return new Promise((resolve, reject) => {
    let typed: readonly string[] = [];
    const end = (done: () => void) => {
      stdin.off('data', onData).setRawMode(false).pause();
      stderr.write('\n');
      done();
    };
    const onData = (chunk: Buffer) => {
      for (const letter of decoder.write(chunk)) {
        if (ENTER.test(letter)) return end(() => resolve(typed.join('')));
        if (GIVE_UP.test(letter))
          return end(() => reject(new HoldfastError('cancelled', 'stopped; no password was changed')));
        typed = BACKSPACE.test(letter) ? typed.slice(0, -1) : [...typed, letter];
      }
    };
    stdin.on('data', onData);
  });
}
