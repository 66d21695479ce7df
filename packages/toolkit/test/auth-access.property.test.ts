import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutUser, withUser } from '../src/auth/access-edit.js';
import { linesOf, parseUsers, ROLES } from '../src/auth/access-text.js';
import { parseBasic } from '../src/auth/basic-credentials.js';
import { removeUser, setPassword } from '../src/auth/passwd.js';
import { verifyPassword } from '../src/auth/passwords.js';
import { formatScryptHash, parseScryptHash } from '../src/auth/scrypt-hash.js';
import { basic } from './support/auth-app.js';

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.normalize('NFC'))
  .filter((text) => text.trim() === text && !/^[#\ufeff]|[:\u0000-\u001f\u007f]/.test(text));
const secret = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => text.trim() === text && !/^[${]|[:\u0000-\u001f\u007f]/.test(text));
const roles = fc.option(fc.uniqueArray(fc.constantFrom(...ROLES), { minLength: 1 }), { nil: undefined });
const user = fc.record({ name, secret, roles });
const users = fc.uniqueArray(user, { selector: ({ name }) => name, minLength: 1, maxLength: 8 });
const noise = fc.constantFrom('', '# a comment: with, colons', '   ', '\t# another');
const end = fc.constantFrom('\n', '\r\n', '\r');

const fileText = fc
  .tuple(users, fc.array(fc.tuple(noise, end), { maxLength: 5 }), end)
  .map(([list, rest, last]) => {
    const lines = list.map((one) =>
      [one.name, one.secret, ...(one.roles ? [one.roles.join()] : [])].join(':'),
    );
    return {
      list,
      text: rest.map(([line, itsEnd]) => line + itsEnd).join('') + lines.map((line) => line + last).join(''),
    };
  });

describe('an access file', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(fileText, ({ list, text }) => {
        const read = parseUsers(text, 'x').map((one) => ({
          name: one.name,
          secret: one.secret.kind === 'clear' ? one.secret.password.reveal() : '',
          roles: [...one.roles].sort(),
        }));
        const wanted = list.map((one) => ({
          ...one,
          roles: [...(one.roles ?? ['read', 'snapshot'])].sort(),
        }));
        expect(read).toEqual(wanted);
      }),
    );
  });

  test('keeps every other line through a change, and the change is what is read', () => {
    fc.assert(
      fc.property(fileText, user, ({ text }, { name, secret, roles }) => {
        const changed = withUser(text, name, secret, roles);
        const rest = (of: string) => linesOf(withoutUser(of, name)).filter((line) => line !== '');
        expect(rest(changed)).toEqual(rest(text));
        const found = parseUsers(changed, 'x').filter((one) => one.name === name);
        expect(found).toHaveLength(1);
        if (roles !== undefined) expect([...found[0]!.roles].sort()).toEqual([...roles].sort());
        expect(parseUsers(withoutUser(changed, name), 'x').some((one) => one.name === name)).toBe(false);
      }),
    );
  });

  test('never makes the reader do anything but read it, or refuse it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        try {
          parseUsers(text, 'x');
        } catch (error) {
          expect(error).toMatchObject({ code: 'toolkit.access' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('passwd', () => {
  test('sets and removes what the server then reads', async () => {
    const path = join(await temporaryDirectory(), 'access');
    const anyPassword = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/[\u0000-\u001f\u007f]/.test(text));
    await setPassword(nodeFileSystem, systemClock, path, 'stays', 'always');
    await fc.assert(
      fc.asyncProperty(
        name.filter((text) => text !== 'stays'),
        anyPassword,
        roles,
        async (who, password, its) => {
          expect(await setPassword(nodeFileSystem, systemClock, path, who, password, its)).toBe('added');
          const found = parseUsers(await readFile(path, 'utf8'), path).find((one) => one.name === who)!;
          expect(await verifyPassword(password, found.secret)).toBe(true);
          expect(await verifyPassword(`${password}x`, found.secret)).toBe(false);
          await removeUser(nodeFileSystem, systemClock, path, who);
          expect(parseUsers(await readFile(path, 'utf8'), path).map((one) => one.name)).toEqual(['stays']);
        },
      ),
      { numRuns: 8 },
    );
  });
});

test('a scrypt hash is read as it was written', () => {
  const bytes = (minLength: number) =>
    fc.uint8Array({ minLength, maxLength: 64 }).map((array) => Buffer.from(array));
  const cost = fc.record({
    ln: fc.integer({ min: 1, max: 17 }),
    r: fc.integer({ min: 1, max: 16 }),
    p: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(cost, bytes(8), bytes(16), (cost, salt, hash) => {
      expect(parseScryptHash(formatScryptHash({ cost, salt, hash }))).toEqual({ cost, salt, hash });
    }),
  );
});

test('Basic credentials are read as a browser sends them, and nothing else is', () => {
  fc.assert(
    fc.property(name, fc.string({ unit: 'grapheme' }), (who, password) => {
      const read = parseBasic(basic(who, password));
      if (/[\u0000-\u001f\u007f]/.test(password)) expect(read).toBeUndefined();
      else expect(read).toEqual({ user: who, password });
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (header) => {
      const read = parseBasic(header);
      if (read !== undefined) expect(read.user).not.toBe('');
    }),
  );
});
