import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { redact, Secret } from '../src/index.js';

describe('redact', () => {
  test.each([
    ['https://user:pass@host/path', 'https://[secret]@host/path'],
    ['s3+https://KEY:SE%40CRET@host', 's3+https://[secret]@host'],
    ['two: ftp://a:b@c and sftp://token@d/e', 'two: ftp://[secret]@c and sftp://[secret]@d/e'],
    ['HTTP://A:B@C', 'HTTP://[secret]@C'],
    ['("https://u:p@h")', '("https://[secret]@h")'],
  ])('takes the user and the password out of %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each(['https://host/path?to=a@b', 'mail me@example.com', '/var/backups/a@b', 'https://host', ''])(
    'leaves %j alone',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );

  // Known: the expression stops at the first @ (redact.ts).
  test('takes the whole of a password that holds an @', () => {
    expect(redact('https://user:p@ss@host/')).toBe('https://[secret]@host/');
  });

  test('does not take long for a hostile text', () => {
    const text = `${'a'.repeat(50_000)}://${'b'.repeat(50_000)} ${'x://'.repeat(20_000)}`;
    const start = performance.now();
    redact(text);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('a secret', () => {
  const secret = new Secret('hunter2');

  test('is shown by nothing', () => {
    const shown = [
      `${secret}`,
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }, { showHidden: true, depth: 9 }),
      Object.values(secret).join(),
      `${new Error(`no ${secret}`)}`,
    ];
    expect(shown.join(' ')).not.toContain('hunter2');
  });

  test('is revealed only by asking', () => {
    expect(secret.reveal()).toBe('hunter2');
  });
});
