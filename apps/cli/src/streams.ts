import type { Readable } from 'node:stream';

/** Where a command prints to and is answered from. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

export interface OutputStream {
  write(text: string): void;
  /** Writes data and waits until the reader has taken it, so that a slow pipe bounds the memory. */
  send(bytes: Uint8Array): Promise<void>;
  /** Waits for what was written; the error of a stream that took not all of it. */
  drained(): Promise<NodeJS.ErrnoException | undefined>;
  readonly isTTY: boolean;
  /** Characters in a line of a terminal. */
  readonly columns: number | undefined;
}

export const processStreams: Streams = {
  get stdin() {
    return process.stdin;
  },
  stdout: guard(() => process.stdout, 'standard output'),
  stderr: guard(() => process.stderr, 'standard error'),
};

/**
 * A stream that is opened at the first use (opening takes some milliseconds) and whose failure neither throws nor
 * ends the process: a reader that went away (`holdfast backup | head`) must not stop a backup half-way.
 */
function guard(open: () => NodeJS.WriteStream, name: string): OutputStream {
  let opened: NodeJS.WriteStream | undefined;
  let failure: NodeJS.ErrnoException | undefined;
  const stream = () => {
    opened ??= open().on('error', (error: NodeJS.ErrnoException) => {
      failure ??= error;
    });
    return opened;
  };
  const writeAndWait = (bytes: Uint8Array | string) =>
    new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      stream().write(bytes, (error) => resolve(failure ?? error ?? undefined));
    });
  return {
    write: (text) => {
      if (failure === undefined) stream().write(text);
    },
    send: async (bytes) => {
      const error = failure ?? (await writeAndWait(bytes));
      if (error !== undefined) throw await streamError(error, name);
    },
    drained: async () => (opened === undefined || failure !== undefined ? failure : writeAndWait('')),
    get isTTY() {
      return stream().isTTY === true;
    },
    get columns() {
      return stream().columns;
    },
  };
}

/** A failure of a stream as an error of Holdfast's. */
export async function streamError(error: NodeJS.ErrnoException, name: string): Promise<Error> {
  const { HoldfastError } = await import('@holdfast/errors');
  if (error.code === 'EPIPE') {
    return new HoldfastError('fs.failed', `the reader of ${name} went away before the end`, {
      cause: error,
      hint: 'Look at the program that reads the output.',
    });
  }
  const { fsError } = await import('@holdfast/durable-fs');
  return fsError(error, 'write to', name);
}
