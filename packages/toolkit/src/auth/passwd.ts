import { type Clock, type FileSystem, publishFile } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { lockPath } from '@holdfast/lockfile';
import { withoutUser, withUser } from './access-edit.js';
import { type AccessFile, readAccessFile } from './access-file.js';
import {
  LONGEST_ACCESS_FILE,
  LONGEST_NAME,
  LONGEST_PASSWORD,
  parseUsers,
  problemOfName,
  problemOfPassword,
  refusedFile,
} from './access-text.js';
import type { Role } from './identity.js';
import { hashPassword } from './passwords.js';

const MODE = 0o600;
/** For another `passwd` at the same time. */
const WAIT_MS = 5000;

const NAME_HINT = `Give a name of 1 to ${LONGEST_NAME} characters without colons and control characters, with no # before and no blanks around it.`;
const PASSWORD_HINT = `Give a password of 1 to ${LONGEST_PASSWORD} characters, none of them a control character.`;

/**
 * Gives a user a password, as scrypt; adds the user where there is none, and makes the file where there is none. Comments,
 * order and the other users stay. The file is replaced in one step, for its owner only.
 *
 * @param roles undefined: as they are; of a new user: what a line without roles means
 * @returns whether the user is new
 * @throws HoldfastError `toolkit.access`; then nothing is changed. `lock.busy`: another one changes the file
 */
export async function setPassword(
  fs: FileSystem,
  clock: Clock,
  path: string,
  user: string,
  password: string,
  roles?: readonly Role[],
): Promise<'added' | 'changed'> {
  const name = user.normalize('NFC');
  expectWritable(path, name, password, roles);
  const secret = await hashPassword(password);
  return await locked(path, clock, async () => {
    const file = await readIfThere(fs, path);
    const there = parseUsers(file?.text ?? '', path).some((known) => known.name === name);
    await write(fs, path, withUser(file?.text ?? '', name, secret, roles), file);
    return there ? 'changed' : 'added';
  });
}

/**
 * @throws HoldfastError `toolkit.access` where there is no such user, or no other: a server goes on with the users that it
 *   knows when its file has none
 */
export async function removeUser(fs: FileSystem, clock: Clock, path: string, user: string): Promise<void> {
  const name = user.normalize('NFC');
  await locked(path, clock, async () => {
    const file = await readAccessFile(fs, path, 'root may read all');
    const users = parseUsers(file.text, path);
    if (!users.some((known) => known.name === name))
      throw refusedFile(
        path,
        'it has no such user',
        'Nothing was changed; look at the spelling of the name.',
      );
    if (users.length === 1) {
      const hint = 'Stop the server, or add another user first.';
      throw refusedFile(path, 'its last user cannot be removed', hint);
    }
    await write(fs, path, withoutUser(file.text, name), file);
  });
}

function expectWritable(
  path: string,
  name: string,
  password: string,
  roles: readonly Role[] | undefined,
): void {
  const outer = name.trim() !== name || name.startsWith('#') || name.startsWith('\ufeff');
  const ofName =
    problemOfName(name) ??
    (outer ? 'its user name begins with # or has blanks around it' : undefined) ??
    (name.includes(':') ? 'its user name holds a colon' : undefined);
  if (ofName !== undefined) throw refusedUser(path, ofName, NAME_HINT);
  const ofPassword = problemOfPassword(password);
  if (ofPassword !== undefined) throw refusedUser(path, ofPassword, PASSWORD_HINT);
  if (roles?.length === 0) throw refusedUser(path, 'it has no role', 'Give it at least one role.');
}

/** Nothing is wrong with the file. */
function refusedUser(path: string, reason: string, hint: string): HoldfastError {
  return new HoldfastError('toolkit.access', `the user cannot be written to ${path}: ${reason}`, {
    path,
    hint,
  });
}

async function readIfThere(fs: FileSystem, path: string): Promise<AccessFile | undefined> {
  try {
    return await readAccessFile(fs, path, 'root may read all');
  } catch (error) {
    if (isHoldfastError((error as Error).cause, 'fs.not-found')) return undefined;
    throw error;
  }
}

async function write(
  fs: FileSystem,
  path: string,
  text: string,
  before: AccessFile | undefined,
): Promise<void> {
  parseUsers(text, path);
  if (Buffer.byteLength(text) > LONGEST_ACCESS_FILE)
    throw refusedFile(path, 'it would be too long', 'Remove users that nobody needs first.');
  const own = before === undefined || before.stat.uid === process.getuid?.();
  const owner = own ? undefined : { uid: before.stat.uid, gid: before.stat.gid };
  await publishFile(fs, path, text, { mode: MODE, replace: true, owner });
}

/** Two at once would lose the change of one. */
async function locked<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  await using _lock = await lockPath(`${path}.lock`, {
    command: 'holdfast-toolkit passwd',
    clock,
    wait: WAIT_MS,
  });
  return await work();
}
