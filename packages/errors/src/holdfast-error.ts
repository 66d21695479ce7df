import { CATALOGUE, type ErrorCode, EXIT, type ExitStatus } from './catalogue.js';
import { redact } from './redact.js';

export interface ErrorFields {
  /** The file or directory that the error is about. */
  readonly path?: string | undefined;
  /** Byte offset in that file. */
  readonly offset?: number | undefined;
  /** What the operator can do; the catalogue's hint when left out. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** More facts for `--json`; numbers and short texts only. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** The one error class of Holdfast: told apart by `code`, never by message. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly offset: number | undefined;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(redact(message), fields.cause === undefined ? undefined : { cause: fields.cause });
    const entry = CATALOGUE[code];
    this.code = code;
    this.path = fields.path;
    this.offset = fields.offset;
    this.hint = fields.hint ?? entry.hint;
    this.retryable = entry.retryable === true;
    this.details = fields.details ?? {};
  }
}

export function isHoldfastError(error: unknown, code?: ErrorCode): error is HoldfastError {
  return error instanceof HoldfastError && (code === undefined || error.code === code);
}

/** The exit status of the command that ends with this error. */
export function exitStatusOf(error: unknown): ExitStatus {
  return isHoldfastError(error) ? CATALOGUE[error.code].exit : EXIT.failure;
}

/** An error as one line for a terminal or a log: what, where; control characters made visible. */
export function errorLine(error: unknown): string {
  if (!isHoldfastError(error))
    return printable(redact(error instanceof Error ? error.message : String(error)));
  const where = [error.path, error.offset === undefined ? undefined : `at byte ${error.offset}`];
  const place = where.filter((part) => part !== undefined && !error.message.includes(part)).join(' ');
  return printable(place === '' ? error.message : `${error.message} (${place})`);
}

export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly path?: string;
  readonly offset?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An error as data for `--json`; never a stack trace. */
export function errorReport(error: unknown): ErrorReport {
  const known = isHoldfastError(error)
    ? error
    : new HoldfastError('internal', error instanceof Error ? error.message : String(error), { cause: error });
  return {
    code: known.code,
    message: printable(known.message),
    hint: known.hint,
    retryable: known.retryable,
    ...(known.path === undefined ? {} : { path: known.path }),
    ...(known.offset === undefined ? {} : { offset: known.offset }),
    ...(Object.keys(known.details).length === 0 ? {} : { details: known.details }),
  };
}

/** Replaces control characters, so that a file name cannot forge a line of a log or drive a terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (char) => {
    const code = char.charCodeAt(0).toString(16);
    return `\\u${code.padStart(4, '0')}`;
  });
}
