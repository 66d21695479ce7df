import { describe, expect, test } from 'vitest';
import {
  CATALOGUE,
  errorLine,
  errorReport,
  HoldfastError,
  isHoldfastError,
  printable,
} from '../src/index.js';

describe('an error', () => {
  test('takes the hint of its code unless it has a better one', () => {
    expect(new HoldfastError('fs.io', 'x').hint).toBe(CATALOGUE['fs.io'].hint);
    expect(new HoldfastError('fs.io', 'x', { hint: 'Better.' }).hint).toBe('Better.');
  });

  test('keeps its cause, its place and its facts', () => {
    const cause = new Error('EIO');
    const error = new HoldfastError('fs.io', 'x', { cause, path: '/a', offset: 7, details: { tries: 2 } });
    expect(error.cause).toBe(cause);
    expect(error).toMatchObject({ path: '/a', offset: 7, details: { tries: 2 }, retryable: false });
    expect('cause' in new HoldfastError('fs.io', 'x')).toBe(false);
  });

  test('is retryable when its code is', () => {
    expect(new HoldfastError('lock.busy', 'x').retryable).toBe(true);
  });

  test('never carries the password of a URL', () => {
    const error = new HoldfastError('fs.failed', 'cannot reach https://me:hunter2@example.com/x');
    expect(error.message).toBe('cannot reach https://[secret]@example.com/x');
  });

  test('is known by its code', () => {
    const error = new HoldfastError('lock.busy', 'x');
    expect(isHoldfastError(error)).toBe(true);
    expect(isHoldfastError(error, 'lock.busy')).toBe(true);
    expect(isHoldfastError(error, 'fs.io')).toBe(false);
    expect(isHoldfastError(new Error('lock.busy'))).toBe(false);
  });
});

describe('an error on one line', () => {
  test('says what and where', () => {
    const error = new HoldfastError('gzip.damaged', 'the member does not decompress', {
      path: '/r/x.fsz',
      offset: 9,
    });
    expect(errorLine(error)).toBe('the member does not decompress (/r/x.fsz at byte 9)');
  });

  test('does not say the place twice', () => {
    const fields = { path: '/r/x', offset: 9 };
    expect(errorLine(new HoldfastError('fs.io', 'cannot read /r/x', fields))).toBe(
      'cannot read /r/x (at byte 9)',
    );
    expect(errorLine(new HoldfastError('fs.io', 'cannot read /r/x at byte 9', fields))).toBe(
      'cannot read /r/x at byte 9',
    );
  });

  test('cannot be forged by the name of a file', () => {
    const error = new HoldfastError('fs.io', 'cannot read', { path: '/r/\nall is well\u001b[2J' });
    expect(errorLine(error)).toBe('cannot read (/r/\\u000aall is well\\u001b[2J)');
  });

  test('shows what is not one of ours as well, without secrets', () => {
    expect(errorLine(new Error('ftp://a:b@c\nd'))).toBe('ftp://[secret]@c\\u000ad');
    expect(errorLine('thrown text')).toBe('thrown text');
    expect(errorLine(undefined)).toBe('undefined');
  });
});

describe('an error as data', () => {
  test('has what a program needs, and no stack', () => {
    const error = new HoldfastError('fs.no-space', 'cannot write /a', {
      path: '/a',
      offset: 0,
      details: { free: 1 },
    });
    expect(JSON.parse(JSON.stringify(errorReport(error)))).toEqual({
      code: 'fs.no-space',
      message: 'cannot write /a',
      hint: CATALOGUE['fs.no-space'].hint,
      retryable: false,
      path: '/a',
      offset: 0,
      details: { free: 1 },
    });
  });

  test('leaves out what is not known', () => {
    expect(Object.keys(errorReport(new HoldfastError('usage', 'x')))).toEqual([
      'code',
      'message',
      'hint',
      'retryable',
    ]);
  });

  test('is a mistake of Holdfast when it is not one of ours', () => {
    expect(errorReport(new TypeError('x is not a function'))).toMatchObject({
      code: 'internal',
      message: 'x is not a function',
    });
    expect(errorReport(null)).toMatchObject({ code: 'internal', message: 'null' });
  });
});

describe('printable text', () => {
  test('shows every control character, C1 and line separators too', () => {
    expect(printable('a\0b\tc\u007fd\u009be\u2028f\u2029')).toBe(
      'a\\u0000b\\u0009c\\u007fd\\u009be\\u2028f\\u2029',
    );
  });

  test('leaves all other text as it is', () => {
    expect(printable('Grüße, 日本語 🙂 ~')).toBe('Grüße, 日本語 🙂 ~');
  });
});
