import { HoldfastError } from '@holdfast/errors';
import { type Archive, parseArchive } from './archive-names.js';

export interface RestoreChoice {
  /** The number of the backup to restore; default: the newest that can be. */
  readonly sequence?: number | undefined;
  /** Only archives of this prefix. */
  readonly prefix?: string | undefined;
}

/**
 * The archives to unpack, in order: a full one, then increments, each going on from a backup that the ones before it reach.
 * Numbers are those of runs, whatever the prefix: an increment may go on from a full backup of another one.
 *
 * @param names of the files in `backups`
 * @throws HoldfastError `repository.no-backup`
 */
export function planRestore(names: readonly string[], choice: RestoreChoice = {}): readonly Archive[] {
  const archives = names
    .flatMap((name) => parseArchive(name) ?? [])
    .filter(({ prefix }) => choice.prefix === undefined || prefix === choice.prefix)
    .filter(({ sequence }) => sequence <= (choice.sequence ?? Number.POSITIVE_INFINITY));
  const fulls = archives.filter(({ kind }) => kind === 'full').sort((a, b) => b.sequence - a.sequence);
  const chains = fulls.map((full) => chainFrom(full, archives));
  const best = chains.reduce<readonly Archive[]>(
    (one, other) => (reach(other) > reach(one) ? other : one),
    [],
  );
  if (best.length > 0 && (choice.sequence === undefined || reach(best) === choice.sequence)) return best;
  const wanted = choice.sequence === undefined ? 'no full backup' : `no way to backup ${choice.sequence}`;
  throw new HoldfastError('repository.no-backup', `there is ${wanted} among the archives`, {
    hint: 'Look at the names: PREFIX-N.tgz is a full backup, PREFIX-M-to-N.tgz what changed between M and N.',
  });
}

/** Each time the increment that reaches furthest; among those the shortest. */
function chainFrom(full: Archive, archives: readonly Archive[]): readonly Archive[] {
  const chain: Archive[] = [full];
  for (let reached = full.sequence; ; ) {
    const next = archives
      .flatMap((archive) => (archive.kind === 'increment' ? archive : []))
      .filter(({ since, sequence }) => since <= reached && sequence > reached)
      .sort((a, b) => b.sequence - a.sequence || b.since - a.since)[0];
    if (next === undefined) return chain;
    chain.push(next);
    reached = next.sequence;
  }
}

function reach(chain: readonly Archive[]): number {
  return chain.at(-1)?.sequence ?? -1;
}
