import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { withoutUser, withUser } from '../src/auth/access-edit.js';
import { parseUsers } from '../src/auth/access-text.js';

const HASH = '$scrypt$ln=15,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E';
const PATH = '/etc/holdfast/access';

const read = (text: string) =>
  parseUsers(text, PATH).map(({ name, secret, roles, line }) => [name, secret.kind, [...roles].join(), line]);

describe('the access file of the server', () => {
  test('has a user a line, and comments', () => {
    const text = `\ufeff# who may\r\n\r\nanna:${HASH}:admin\r\n  # bert left\nbackup : geheim : snapshot, backup \rzoe:x:`;
    expect(read(text)).toEqual([
      ['anna', 'scrypt', 'admin', 3],
      ['backup', 'clear', 'snapshot,backup', 5],
      ['zoe', 'clear', 'read,snapshot', 6],
    ]);
  });

  test('of a client’s snapshot.conf can be used as it is', () => {
    expect(read('backup:pass word\n')).toEqual([['backup', 'clear', 'read,snapshot', 1]]);
  });

  test('may have no user at all; whether a server takes that is its business', () => {
    expect(read('')).toEqual([]);
    expect(read('\n# nobody\n')).toEqual([]);
  });

  test.each([
    ['geheim', 'line 1: it is not user:secret'],
    ['\n\n:geheim', 'line 3: it has no user name'],
    ['anna:', 'line 1: it has no password'],
    ['anna:geheim\nbert:geheim:read,plunder', 'line 2: its third field has a word that is no role'],
    ['anna:wie:geheim', 'line 1: its third field has a word that is no role'],
    ['anna:geheim:read,', 'line 1: its third field has a word that is no role'],
    ['anna:geheim:__proto__', 'line 1: its third field has a word that is no role'],
    ['anna:geheim:read:more', 'line 1: it has more than three fields'],
    ['anna:geheim\n#\nanna:geheim2', 'line 3: the user of line 1 again'],
    ['anna:{SSHA}geheim', 'line 1: its password is hashed in another way'],
    ['anna:$2b$12$geheim', 'line 1: its password is hashed in another way'],
    ['anna:$apr1$geheim', 'line 1: its password is hashed in another way'],
    ['an\u0007na:geheim', 'line 1: its user name holds control characters'],
    ['anna:ge\u0000heim', 'line 1: its password holds control characters'],
    [`${'a'.repeat(129)}:geheim`, 'line 1: its user name has more than 128 characters'],
    ['anna:$scrypt$geheim', 'line 1: its scrypt hash is not'],
    [`anna:${HASH.replace('ln=15', 'ln=18')}`, 'line 1: its scrypt hash costs too much'],
    [`anna:${HASH.replace('ln=15', 'ln=99')}`, 'line 1: its scrypt hash costs too much'],
    [`anna:${HASH.replace('ln=15,r=8', 'ln=17,r=17')}`, 'line 1: its scrypt hash costs too much'],
    [`anna:${HASH.replace('p=1', 'p=5')}`, 'line 1: its scrypt hash costs too much'],
    [`anna:${HASH.replace('ln=15', 'ln=0')}`, 'line 1: its scrypt hash has a parameter of 0'],
    [`anna:${HASH.replace('$aM15713r3Xsvxbi31lqr1Q', '$aM15')}`, 'line 1: its salt does not have'],
    ['anna:$scrypt$ln=15,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$geheim', 'line 1: its hash does not have'],
  ])('%j is refused, and nothing of it is said', (text, reason) => {
    const error = thrownBy(() => parseUsers(text, PATH));
    const hint = expect.stringMatching(`^Mend ${/^line \d+/.exec(reason)}, `);
    expect(error).toMatchObject({ code: 'toolkit.access', path: PATH, hint });
    expect(error.message).toContain(reason);
    expect(inspect(error)).not.toMatch(/geheim|aM15|plunder/);
  });

  test('has a thousand users at the most', () => {
    const users = (count: number) => Array.from({ length: count }, (_, n) => `user${n}:x`).join('\n');
    expect(parseUsers(users(1000), PATH)).toHaveLength(1000);
    expect(() => parseUsers(users(1001), PATH)).toThrow('more than 1000 users');
  });

  test('shows no password by accident', () => {
    expect(inspect(parseUsers('anna:geheim', PATH), { depth: 9 })).not.toContain('geheim');
    expect(JSON.stringify(parseUsers('anna:geheim', PATH))).not.toContain('geheim');
  });

  test('takes a name written in either way for the same', () => {
    expect(() => parseUsers('ren\u00e9:x\nrene\u0301:x', PATH)).toThrow('line 2: the user of line 1 again');
  });
});

describe('a change of the access file', () => {
  const text = '# ours\r\nanna:old:admin\r\n\r\nbert:x';

  test('replaces one secret, and leaves all else as it is', () => {
    expect(withUser(text, 'anna', 'NEW', undefined)).toBe('# ours\r\nanna:NEW:admin\r\n\r\nbert:x');
    expect(withUser(text, 'anna', 'NEW', ['read'])).toBe('# ours\r\nanna:NEW:read\r\n\r\nbert:x');
    expect(withUser(text, 'bert', 'NEW', undefined)).toBe('# ours\r\nanna:old:admin\r\n\r\nbert:NEW');
  });

  test('adds a user at the end, with the line ends of the file', () => {
    expect(withUser(text, 'zoe', 'NEW', ['read', 'backup'])).toBe(`${text}\r\nzoe:NEW:read,backup\r\n`);
    expect(withUser('', 'zoe', 'NEW', undefined)).toBe('zoe:NEW\n');
    expect(withUser('\ufeff', 'zoe', 'NEW', undefined)).toBe('\ufeffzoe:NEW\n');
  });

  test('takes a user out', () => {
    expect(withoutUser(text, 'anna')).toBe('# ours\r\n\r\nbert:x');
    expect(withoutUser(text, 'nobody')).toBe(text);
    expect(withoutUser('#anna:x\nanna:x\n', 'anna')).toBe('#anna:x\n');
  });
});

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
