import { HoldfastError } from '@holdfast/errors';
import { type Archive, parseArchive } from './archive-names.js';

export interface RestoreChoice {
  /** The number of the backup to restore; default: the newest that can be. */
  readonly sequence?: number | undefined;
  /** Only archives of this prefix. */
  readonly prefix?: string | undefined;
}

/**
 * The archives to unpack, in order: a full one, then increments, each going on from just the backup that the one before it
 * reaches; where there is no such way, from an older one, whose files it then holds again. Numbers are those of runs, whatever the prefix: an increment may go on from a full backup of another one.
 *
 * @param names of the files in `backups`
 * @throws HoldfastError `repository.no-backup`
 */
export function planRestore(names: readonly string[], choice: RestoreChoice = {}): readonly Archive[] {
  const archives = names
    .flatMap((name) => parseArchive(name) ?? [])
    .filter(({ prefix }) => choice.prefix === undefined || prefix === choice.prefix)
    .filter(({ sequence }) => sequence <= (choice.sequence ?? Number.POSITIVE_INFINITY));
  const furthest = furthestChain(archives);
  if (furthest.length > 0 && (choice.sequence === undefined || reach(furthest) === choice.sequence))
    return exactChain(reach(furthest), archives) ?? furthest;
  const wanted = choice.sequence === undefined ? 'no full backup' : `no way to backup ${choice.sequence}`;
  throw new HoldfastError('repository.no-backup', `there is ${wanted} among the archives`, {
    hint: 'Look at the names: PREFIX-N.tgz is a full backup, PREFIX-M-to-N.tgz what changed between M and N.',
  });
}

/** Whether archives lead to a backup. @param names of the files in `backups` */
export function leadsTo(names: readonly string[], sequence: number): boolean {
  const archives = names.flatMap((name) => parseArchive(name) ?? []);
  return reach(furthestChain(archives.filter((archive) => archive.sequence <= sequence))) === sequence;
}

function furthestChain(archives: readonly Archive[]): readonly Archive[] {
  const fulls = archives.filter(({ kind }) => kind === 'full').sort((a, b) => b.sequence - a.sequence);
  return fulls
    .map((full) => chainFrom(full, archives))
    .reduce<readonly Archive[]>((one, other) => (reach(other) > reach(one) ? other : one), []);
}

/**
 * From a full archive to a backup, without holes and overlaps; the shortest. After an older state was restored, archives of two histories lie
 * side by side: of this chain no archive can be of the one that was given up.
 */
function exactChain(sequence: number, archives: readonly Archive[]): readonly Archive[] | undefined {
  const chains = new Map<number, readonly Archive[]>();
  for (const archive of archives.toSorted((a, b) => a.sequence - b.sequence || since(b) - since(a))) {
    const before = archive.kind === 'full' ? [] : chains.get(archive.since);
    const known = chains.get(archive.sequence);
    if (before === undefined || (known !== undefined && known.length <= before.length + 1)) continue;
    chains.set(archive.sequence, [...before, archive]);
  }
  return chains.get(sequence);
}

function since(archive: Archive): number {
  return archive.kind === 'full' ? archive.sequence : archive.since;
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
