/** The access file of a line `http URL ACCESS` (docs/formats/snapshot-conf.md): who to be in Zope. */
import { dirname, resolve } from 'node:path';
import { HoldfastError, Secret } from '@holdfast/errors';

export interface ZopeAccess {
  readonly user: string;
  readonly password: Secret;
}

/** As Zope and its tools write a password that is hashed: `{SSHA}…`. */
const HASHED = /^\{[A-Za-z0-9]+\}/;

/**
 * The first line: `user:password`, blanks around both left out. What follows a second colon is Zope's list of domains, and is
 * not looked at.
 *
 * @param path for the message
 * @throws HoldfastError `snapshot.access`, which never holds the line
 */
export function parseAccess(text: string, path: string): ZopeAccess {
  const [line = ''] = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/, 1);
  const [user, password] = line.split(':').map((part) => part.trim());
  if (user === undefined || password === undefined) throw wrong(path, 'its first line is not user:password');
  if (user === '') throw wrong(path, 'its first line has no user name');
  if (password === '') throw wrong(path, 'its first line has no password');
  if (HASHED.test(password)) {
    throw wrong(path, 'its password is hashed; it must stand there in clear text', {
      hint: 'Make a Zope user for this purpose alone, with the right "Manage DirectoryStorages", and write its password there.',
    });
  }
  if (/[\u0000-\u001f\u007f]/.test(user + password))
    throw wrong(path, 'its first line holds control characters');
  return { user, password: new Secret(password) };
}

function wrong(path: string, reason: string, fields: { readonly hint?: string } = {}): HoldfastError {
  const message = `the access file ${path} cannot be used: ${reason}`;
  return new HoldfastError('snapshot.access', message, { path, ...fields });
}

/**
 * The text of an access file. It holds the password: write it with mode 0600.
 *
 * @throws HoldfastError `snapshot.access` for what could not be read back
 */
export function formatAccess(access: ZopeAccess, path = 'to be written'): string {
  const text = `${access.user}:${access.password.reveal()}\n`;
  const read = parseAccess(text, path);
  if (
    read.user !== access.user ||
    read.password.reveal() !== access.password.reveal() ||
    text.split('\n').length > 2
  ) {
    throw wrong(path, 'user name and password may hold no colon, line end or outer blanks');
  }
  return text;
}

/**
 * Where the access file of a line lies.
 *
 * @param conf path of the snapshot.conf
 * @param relativeTo `conf`: its directory, as since DirectoryStorage 1.1.10; `cwd`: the working directory, as before
 */
export function accessPath(access: string, conf: string, relativeTo: 'conf' | 'cwd', cwd: string): string {
  return resolve(cwd, relativeTo === 'conf' ? dirname(conf) : '.', access);
}
