import {
  errorLine,
  errorReport,
  exitStatusOf,
  HoldfastError,
  isHoldfastError,
  printable,
} from '@holdfast/errors';
import { JSON_FORMAT } from './output.js';
import type { Streams } from './streams.js';

export { exitStatusOf };

export interface FailedCommand {
  readonly command: string;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** The end of a command that failed: one line, and what to do, on standard error; with `--json` also as an object. */
export function printError(
  { stdout, stderr }: Streams,
  { command, json, verbose }: FailedCommand,
  error: unknown,
): void {
  if (json) {
    stdout.write(
      `${JSON.stringify({ format: JSON_FORMAT, command, ok: false, error: errorReport(error) })}\n`,
    );
  }
  if (isHoldfastError(error)) {
    const lines = [errorLine(error), ...problemsOf(error), error.hint];
    stderr.write(`holdfast: ${lines.map(printable).join('\n          ')}\n`);
    return;
  }
  stderr.write(`holdfast: internal error: ${errorLine(error)}\n`);
  if (verbose && error instanceof Error) stderr.write(`${error.stack}\n`);
  else stderr.write('          Please report it, with what the same command prints with -v.\n');
}

/** Errors whose problems were told as warnings, one by one. */
const TOLD: ReadonlySet<string> = new Set(['repository.verify-failed', 'directorystorage.check-failed']);

/** All that is wrong, where the message gives only the number. */
function problemsOf({ code, details, message }: HoldfastError): readonly string[] {
  const { problems } = details as { readonly problems?: unknown };
  if (TOLD.has(code) || !Array.isArray(problems)) return [];
  const texts = problems.filter((problem): problem is string => typeof problem === 'string');
  return texts.filter((problem) => !message.includes(problem));
}

/** An aborted signal throws its reason; what else ends as AbortError was stopped all the same. */
export function unwrapAbort(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'AbortError') return error;
  if (isHoldfastError(error.cause)) return error.cause;
  return new HoldfastError('cancelled', 'stopped; nothing was published', { cause: error });
}
