/** What a file of a lock directory is, by its name: whose lock, and whether it may ever be removed. */
export type LockKind = 'barman' | 'zodb' | 'lease' | 'other';

/** Barman's names that have no pattern of their own, and those that have (docs/formats/locks.md, "Barman"). */
const BARMAN = [/^\.cron\.lock$/, /^\.config-update\.lock$/, /^\.[^\n]+-[^\n]+\.lock$/];
/** ZODB's FileStorage locks `Data.fs.lock`, zdaemon and DirectoryStorage `lock` and `sublock`. */
const ZODB = [/\.fs\.lock$/, /^(?:sub)?lock$/];

/** `undefined` for a name that no lock has. */
export function lockKindOf(name: string): LockKind | undefined {
  if (name.endsWith('.lease')) return 'lease';
  if (BARMAN.some((pattern) => pattern.test(name))) return 'barman';
  if (ZODB.some((pattern) => pattern.test(name))) return 'zodb';
  return name.endsWith('.lock') ? 'other' : undefined;
}
