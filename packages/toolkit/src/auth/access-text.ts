/** The text of the access file (docs/formats/toolkit-access.md): who may do what, a user a line. Pure. */
import { HoldfastError, Secret } from '@holdfast/errors';
import type { Role } from './identity.js';
import type { StoredSecret } from './passwords.js';
import { parseScryptHash } from './scrypt-hash.js';

export interface AccessUser {
  /** Normalised (NFC). */
  readonly name: string;
  readonly secret: StoredSecret;
  readonly roles: ReadonlySet<Role>;
  /** Where it stands, from 1. */
  readonly line: number;
}

export const ROLES: readonly Role[] = ['read', 'snapshot', 'backup', 'admin'];
/** Of a user whose line names none: what a client of snapshot.conf needs. */
const DEFAULT_ROLES: readonly Role[] = ['read', 'snapshot'];

/** Bytes of an access file. */
export const LONGEST_ACCESS_FILE = 1 << 20;
const MOST_USERS = 1000;
/** Characters. */
export const LONGEST_NAME = 128;
export const LONGEST_PASSWORD = 1024;

/** `{SSHA}…` of Zope; `$2b$…`, `$apr1$…` of others. */
const FOREIGN_HASH = /^(?:\{[A-Za-z0-9-]+\}|\$[A-Za-z0-9-]+\$)/;
const CONTROL = /[\u0000-\u001f\u007f]/;
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * The users, in the order of the file.
 *
 * @param path for the message
 * @throws HoldfastError `toolkit.access` with the number of the line, never with anything that stands in it
 */
export function parseUsers(text: string, path: string): readonly AccessUser[] {
  const users: AccessUser[] = [];
  const lines = new Map<string, number>();
  for (const [index, content] of linesOf(text).entries()) {
    if (isNoUser(content)) continue;
    const line = index + 1;
    const user = parseLine(content, line);
    if (typeof user === 'string') throw refusedLine(path, line, user);
    const before = lines.get(user.name);
    if (before !== undefined) throw refusedLine(path, line, `the user of line ${before} again`);
    lines.set(user.name, line);
    users.push(user);
    if (users.length > MOST_USERS)
      throw refusedFile(path, `it has more than ${MOST_USERS} users`, 'Remove those that nobody needs.');
  }
  return users;
}

/** Without their ends, and without a byte order mark. */
export function linesOf(text: string): readonly string[] {
  return text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
}

/** A comment or a blank line. */
export function isNoUser(line: string): boolean {
  return line.trim() === '' || line.trimStart().startsWith('#');
}

/** @param hint what to do; else the catalogue's */
export function refusedFile(path: string, reason: string, hint?: string, cause?: unknown): HoldfastError {
  return new HoldfastError('toolkit.access', `the access file ${path} cannot be used: ${reason}`, {
    path,
    cause,
    hint,
  });
}

function refusedLine(path: string, line: number, reason: string): HoldfastError {
  const hint = `Mend line ${line}, or remove it and add the user with \`holdfast-toolkit passwd FILE USER\`; docs/formats/toolkit-access.md tells what a line may be.`;
  return refusedFile(path, `line ${line}: ${reason}`, hint);
}

/** Why nobody can be called so; undefined: somebody can. */
export function problemOfName(name: string): string | undefined {
  if (name === '') return 'it has no user name';
  if (CONTROL.test(name)) return 'its user name holds control characters';
  if (LONE_SURROGATE.test(name)) return 'its user name is not well-formed text';
  if (name.length > LONGEST_NAME) return `its user name has more than ${LONGEST_NAME} characters`;
  return undefined;
}

/** Why a browser could not send it. */
export function problemOfPassword(password: string): string | undefined {
  if (password === '') return 'it has no password';
  if (CONTROL.test(password)) return 'its password holds control characters';
  if (LONE_SURROGATE.test(password)) return 'its password is not well-formed text';
  if (password.length > LONGEST_PASSWORD) return `its password has more than ${LONGEST_PASSWORD} characters`;
  return undefined;
}

function parseLine(content: string, line: number): AccessUser | string {
  const [name = '', secretText, roleText = '', ...more] = content.split(':').map((part) => part.trim());
  if (secretText === undefined) return 'it is not user:secret or user:secret:roles';
  if (more.length > 0) return 'it has more than three fields (no password in clear text can hold a colon)';
  const secret = parseSecret(secretText);
  const problem = problemOfName(name);
  if (problem !== undefined) return problem;
  if (typeof secret === 'string') return secret;
  const roles = parseRoles(roleText);
  if (typeof roles === 'string') return roles;
  return { name: name.normalize('NFC'), secret, roles, line };
}

function parseSecret(text: string): StoredSecret | string {
  if (text.startsWith('$scrypt$')) {
    const hash = parseScryptHash(text);
    return typeof hash === 'string' ? hash : { kind: 'scrypt', ...hash };
  }
  if (FOREIGN_HASH.test(text)) return 'its password is hashed in another way than $scrypt$';
  return problemOfPassword(text) ?? { kind: 'clear', password: new Secret(text) };
}

/** The word itself is not told: it may be the end of a password with a colon. */
function parseRoles(text: string): ReadonlySet<Role> | string {
  if (text === '') return new Set(DEFAULT_ROLES);
  const words = text.split(',').map((word) => word.trim());
  const known = words.filter((word): word is Role => (ROLES as readonly string[]).includes(word));
  if (known.length < words.length)
    return `its third field has a word that is no role (${ROLES.join(', ')}), or its password holds a colon`;
  return new Set(known);
}
