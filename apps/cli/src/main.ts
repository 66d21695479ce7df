import { runHoldfast } from './program.js';

declare const HOLDFAST_VERSION: string;

/** The command: `argv` without the interpreter and the script; the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  process.umask(0o077);
  // A reader that went away (`holdfast list | head`) is no error worth a stack trace.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  const version = typeof HOLDFAST_VERSION === 'string' ? HOLDFAST_VERSION : '0.0.0';
  return runHoldfast(process, argv, version);
}
