import { resolve } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { ROLES, type Role, removeUser, setPassword, userNames } from '@holdfast/toolkit';
import { readPassword } from './read-password.js';

export interface PasswdOptions {
  /** With commas between. */
  readonly roles?: string;
  readonly delete?: true;
}

/** The password is never an argument: every user of the machine can see those. */
export async function passwd(file: string, user: string, options: PasswdOptions): Promise<number> {
  const path = resolve(file);
  if (options.delete === true) {
    if (options.roles !== undefined)
      throw new HoldfastError('usage', '--delete and --roles exclude each other', {
        hint: 'Leave --roles out to remove the user, or --delete to change what the user may do.',
      });
    await expectUser(path, user);
    await removeUser(nodeFileSystem, systemClock, path, user);
    process.stdout.write(`${user} is removed from ${path}\n`);
    return 0;
  }
  const roles = options.roles === undefined ? undefined : parseRoles(options.roles);
  const password = await readPassword(user);
  const done = await setPassword(nodeFileSystem, systemClock, path, user, password, roles);
  process.stdout.write(`${user} is ${done} in ${path}\n`);
  return 0;
}

async function expectUser(path: string, user: string): Promise<void> {
  const names = await userNames(nodeFileSystem, path);
  if (names.includes(user.normalize('NFC'))) return;
  throw new HoldfastError('toolkit.access', `the access file ${path} has no user ${user}`, {
    path,
    hint: `Nothing was changed; it has ${names.length === 0 ? 'none' : names.join(', ')}.`,
  });
}

function parseRoles(text: string): readonly Role[] {
  return text.split(',').map((part) => {
    const role = ROLES.find((name) => name === part.trim());
    if (role === undefined)
      throw new HoldfastError('usage', `there is no role "${part}"; there are ${ROLES.join(', ')}`, {
        hint: 'Give one or several with commas between, without blanks: --roles read,backup',
      });
    return role;
  });
}
