import type { DirectoryEntry } from '@holdfast/durable-fs';

/** What an entry of a lock directory is, by its name: whose lock, and whether it may ever be removed. */
export type LockKind = 'holdfast' | 'barman' | 'zodb' | 'lease' | 'other';

const HOLDFAST = /^\.holdfast\b.*\.lock$/;
/** Barman's names that have no pattern of their own, and those that have (docs/formats/locks.md, "Barman"). */
const BARMAN = [/^\.cron\.lock$/, /^\.config-update\.lock$/, /^\.[^\n]+-[^\n]+\.lock$/];
/** ZODB's FileStorage locks `Data.fs.lock`, DirectoryStorage `misc/lock` and `misc/sublock`. */
const ZODB = [/\.fs\.lock$/, /^(?:sub)?lock$/];

/** `undefined` for a name that no lock has. */
export function lockKindOf({ name, kind }: DirectoryEntry): LockKind | undefined {
  if (name.endsWith('.lease')) return kind === 'directory' ? 'lease' : undefined;
  if (HOLDFAST.test(name)) return 'holdfast';
  if (BARMAN.some((pattern) => pattern.test(name))) return 'barman';
  if (ZODB.some((pattern) => pattern.test(name))) return 'zodb';
  return name.endsWith('.lock') ? 'other' : undefined;
}
