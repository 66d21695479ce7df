import { PassThrough } from 'node:stream';
import { HoldfastError } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { printError, unwrapAbort } from '../src/failure.js';
import { memoryStream } from './support/memory-stream.js';

function printed(error: unknown, flags: { readonly json?: boolean; readonly verbose?: boolean } = {}) {
  const streams = { stdin: new PassThrough(), stdout: memoryStream(), stderr: memoryStream() };
  printError(streams, { command: 'backup', json: false, verbose: false, ...flags }, error);
  return { stdout: streams.stdout.text(), stderr: streams.stderr.text() };
}

const missing = new HoldfastError('fs.not-found', 'there is no x', { path: '/y', hint: 'Make it.' });

describe('a command that failed', () => {
  test('says what and where in one line, and what to do in the next', () => {
    expect(printed(missing)).toEqual({
      stdout: '',
      stderr: 'holdfast: there is no x (/y)\n          Make it.\n',
    });
  });

  test('prints the error as an object too, with --json', () => {
    expect(JSON.parse(printed(missing, { json: true }).stdout)).toEqual({
      format: 'holdfast/1',
      command: 'backup',
      ok: false,
      error: {
        code: 'fs.not-found',
        message: 'there is no x',
        hint: 'Make it.',
        retryable: false,
        path: '/y',
      },
    });
  });

  test('keeps a file name from driving the terminal or forging a line', () => {
    const { stderr } = printed(new HoldfastError('fs.not-found', 'no \u001b[2J\nholdfast: done'));
    expect(stderr.split('\n')[0]).toBe('holdfast: no \\u001b[2J\\u000aholdfast: done');
  });

  test('shows no stack trace of a mistake of its own, unless -v asks for it', () => {
    const mistake = new TypeError('x is undefined');
    expect(printed(mistake).stderr).toBe(
      'holdfast: internal error: x is undefined\n          Please report it, with what the same command prints with -v.\n',
    );
    expect(printed(mistake, { verbose: true }).stderr).toContain('    at ');
    expect(JSON.parse(printed(mistake, { json: true }).stdout).error.code).toBe('internal');
  });
});

describe('an aborted call of Node', () => {
  const aborted = (cause: unknown) => Object.assign(new Error('aborted', { cause }), { name: 'AbortError' });

  test('is what aborted it', () => {
    expect(unwrapAbort(aborted(missing))).toBe(missing);
  });

  test('is a cancellation otherwise', () => {
    expect(unwrapAbort(aborted('x'))).toMatchObject({ code: 'cancelled' });
  });

  test('is told from any other error', () => {
    expect(unwrapAbort(missing)).toBe(missing);
  });
});
