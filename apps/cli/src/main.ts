import { tightenUmask } from './caller-umask.js';
import { exitStatusOf, printError } from './failure.js';
import { runHoldfast } from './program.js';
import { processStreams, streamError } from './streams.js';

declare const HOLDFAST_VERSION: string;

/** The command: `argv` without the interpreter and the script; the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  tightenUmask();
  const version = typeof HOLDFAST_VERSION === 'string' ? HOLDFAST_VERSION : '0.0.0';
  const status = await runHoldfast(processStreams, argv, version);
  const lost = await processStreams.stdout.drained();
  await processStreams.stderr.drained();
  // A reader that has seen enough (`holdfast list | head`) is no error, a full disk under the output is one.
  if (status !== 0 || lost === undefined || lost.code === 'EPIPE') return status;
  const error = await streamError(lost, 'standard output');
  printError(processStreams, { command: 'holdfast', json: false, verbose: false }, error);
  return exitStatusOf(error);
}
