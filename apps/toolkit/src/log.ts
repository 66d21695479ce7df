import { type HoldfastError, isHoldfastError, redact } from '@holdfast/errors';
import pino, { type Logger, type LoggerOptions } from 'pino';
import type { LogLevel } from './config/server-config.js';

export type Log = Logger;

/** What a log that nobody reads may keep in memory, bytes. */
const MOST_KEPT = 4 << 20;

/**
 * One JSON object a line on standard output, for the journal. No header, body or query string is logged: passwords stand in
 * them.
 */
export function makeLog(level: LogLevel): { readonly log: Log; flush(): void } {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: MOST_KEPT });
  // Whoever read the log is gone: the server goes on.
  destination.on('error', () => {});
  // Null: no pid and host name in each line; the journal has them.
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    hooks: {
      logMethod(values, method) {
        if (!saidByFastify(values)) method.apply(this, values);
      },
    },
    serializers: { err: describe, error: describe },
    redact: { paths: ['password', '*.password', 'authorization', '*.authorization'], censor: '[secret]' },
  };
  const log = pino(options, destination);
  return {
    log,
    flush() {
      try {
        destination.flushSync();
      } catch {
        // Nobody reads it.
      }
    },
  };
}

/** fastify tells each address that it listens on; `listening` has told them already. */
function saidByFastify([first]: readonly unknown[]): boolean {
  return typeof first === 'string' && first.startsWith('Server listening at ');
}

/** An error of Holdfast's by code, message and place; any other with its stack: it is a mistake. */
function describe(error: unknown): unknown {
  return described(error, true);
}

/** What an error of Holdfast's was made of is expected, and has no stack either. */
function described(error: unknown, isMistake: boolean): unknown {
  if (!(error instanceof Error)) return redact(String(error));
  const causeOf = (mistake: boolean) =>
    error.cause instanceof Error ? described(error.cause, mistake) : undefined;
  if (isHoldfastError(error)) {
    const { code, message, path, hint } = error as HoldfastError;
    return { code, message, path, hint, cause: causeOf(code === 'internal') };
  }
  const stack = isMistake ? redact(error.stack ?? '') : undefined;
  return { type: error.name, message: redact(error.message), stack, cause: causeOf(isMistake) };
}
