import type { Chain } from './chain.js';
import { type Engine, step } from './engine.js';
import { DAT, HELD_DAT, INDEX, RECORD } from './names.js';
import type { Repository } from './repository.js';

/**
 * Removes the chains before the newest one, as `repozo -k` does after a full backup; chains of another history
 * stay. Within a chain the `.dat` goes first, then the files from the newest to the full: what is left of it at
 * any moment restores.
 */
export async function removeOlderChains(engine: Engine, repository: Repository): Promise<readonly string[]> {
  const newest = repository.chains.at(-1);
  if (newest === undefined) return [];
  const removed: string[] = [];
  for (const chain of repository.chains.slice(0, -1)) {
    if (isOtherHistory(chain, newest)) continue;
    for (const name of namesOf(chain, repository)) {
      await step(engine, 'remove-old', () => engine.store.remove(name));
      removed.push(name);
    }
  }
  return removed;
}

/** A chain without a record was written by repozo; the newest one was judged to go on with it before it was made. */
function isOtherHistory(chain: Chain, newest: Chain): boolean {
  return (
    chain.record !== undefined &&
    newest.record !== undefined &&
    chain.record.lineage !== newest.record.lineage
  );
}

function namesOf(chain: Chain, repository: Repository): readonly string[] {
  const data = [...chain.files, ...chain.detached].sort((a, b) => (a.name < b.name ? 1 : -1));
  const full = data.filter(({ kind }) => kind === 'full');
  const ordered = [...data.filter(({ kind }) => kind === 'increment'), ...full];
  const beside = ordered.map(({ stamp }) => stamp + INDEX);
  const present = new Set(repository.files.map(({ name }) => name));
  const names = [
    chain.stamp + DAT,
    chain.stamp + HELD_DAT,
    ...ordered.map(({ name }) => name),
    ...beside,
    chain.stamp + RECORD,
  ];
  return [...new Set(names)].filter((name) => present.has(name));
}
