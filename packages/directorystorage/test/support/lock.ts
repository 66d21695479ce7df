import { lockRepository } from '@holdfast/lockfile';

/** The lock of a backup that has its storage to itself. */
export const UNDISTURBED = { assertHeld: async () => {} };

/** A lock of one host, that its holder loses when its file goes. */
export const lockBackups = (backups: string) => lockRepository(backups, { command: 'test', kind: 'kernel' });
