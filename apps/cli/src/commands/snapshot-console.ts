import { describeFailure, type FailureLine, type SnapshotLog } from '@holdfast/directorystorage';
import { isHoldfastError, printable } from '@holdfast/errors';
import { printError } from '../failure.js';
import type { Streams } from '../streams.js';
import type { SnapshotFlags } from './snapshot-arguments.js';

/** What `holdfast snapshot` says, all of it on standard error: standard output belongs to COMMAND. */
export class SnapshotConsole implements SnapshotLog {
  constructor(
    readonly streams: Streams,
    private readonly flags: Pick<SnapshotFlags, 'json' | 'verbosity'>,
  ) {}

  message(text: string): void {
    if (this.flags.verbosity >= 0) this.line(text);
  }

  detail(text: string): void {
    if (this.flags.verbosity > 0) this.line(text);
  }

  /** With `-q` as well, which cron runs with: it may be what made the end fail. */
  warn(text: string): void {
    if (this.flags.verbosity >= -1) this.line(`holdfast: warning: ${text}`);
  }

  /** Always said. A storage that could not be locked: each method with its reason, in a line of its own. */
  failure(error: unknown): void {
    const { json, verbosity } = this.flags;
    const lines = isHoldfastError(error, 'snapshot.not-locked') ? error.details.lines : undefined;
    if (json || !isHoldfastError(error) || !Array.isArray(lines)) {
      printError(this.streams, { command: 'snapshot', json, verbose: verbosity > 0 }, error);
      return;
    }
    const { message, path = '' } = error;
    this.line(`holdfast: ${message.split(`${path}: `, 1)[0]}${path}`);
    for (const line of lines as readonly FailureLine[]) this.indented(describeFailure(line));
    this.indented(error.hint);
  }

  private indented(text: string): void {
    this.line(`          ${text}`);
  }

  private line(text: string): void {
    this.streams.stderr.write(`${printable(text)}\n`);
  }
}
