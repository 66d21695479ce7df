import { inspect } from 'node:util';
import { Secret } from '@holdfast/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accessPath, formatAccess, parseAccess } from '../src/index.js';

const parse = (text: string) => {
  const { user, password } = parseAccess(text, '/srv/ds/config/access');
  return [user, password.reveal()];
};

describe('an access file', () => {
  test('has user and password in its first line', () => {
    expect(parse('backup:geheim')).toEqual(['backup', 'geheim']);
    expect(parse(' backup : geheim \r\nand more: text\n')).toEqual(['backup', 'geheim']);
    expect(parse('\ufeffbackup:pass word\n')).toEqual(['backup', 'pass word']);
  });

  test('may name domains, as Zope’s own does', () => {
    expect(parse('backup:geheim:127.0.0.1\n')).toEqual(['backup', 'geheim']);
  });

  test.each([
    ['', 'not user:password'],
    ['\nbackup:geheim', 'not user:password'],
    ['backup geheim', 'not user:password'],
    [':geheim', 'no user name'],
    ['backup:', 'no password'],
    ['backup::geheim', 'no password'],
    ['backup:{SSHA}geheim0123', 'hashed'],
    ['backup:{SHA256}geheim', 'hashed'],
    ['backup:{CRYPT}geheim', 'hashed'],
    ['back\u0000up:geheim', 'control characters'],
  ])('%j is refused, and nothing of it is said', (text, reason) => {
    const error = (() => {
      try {
        return parse(text);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error).toMatchObject({ code: 'snapshot.access', path: '/srv/ds/config/access' });
    expect((error as Error).message).toContain(reason);
    expect(inspect(error)).not.toContain('geheim');
  });

  test('prints no password by accident', () => {
    const access = parseAccess('backup:geheim', 'x');
    for (const text of [inspect(access), JSON.stringify(access), `${access.password}`]) {
      expect(text).not.toContain('geheim');
    }
  });

  test('is read back as it was printed, or not printed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (user, password) => {
        let text: string;
        try {
          text = formatAccess({ user, password: new Secret(password) });
        } catch (error) {
          expect(error).toMatchObject({ code: 'snapshot.access' });
          return;
        }
        expect(parse(text)).toEqual([user, password]);
      }),
    );
    expect(formatAccess({ user: 'backup', password: new Secret('geheim') })).toBe('backup:geheim\n');
  });
});

test('the path of an access file begins at the snapshot.conf, or at the working directory where asked', () => {
  const conf = '/srv/ds/config/snapshot.conf';
  expect(accessPath('access', conf, 'conf', '/root')).toBe('/srv/ds/config/access');
  expect(accessPath('../etc/access', conf, 'conf', '/root')).toBe('/srv/ds/etc/access');
  expect(accessPath('access', conf, 'cwd', '/root')).toBe('/root/access');
  expect(accessPath('/etc/access', conf, 'conf', '/root')).toBe('/etc/access');
  expect(accessPath('access', 'ds/config/snapshot.conf', 'conf', '/srv')).toBe('/srv/ds/config/access');
});
