import { HoldfastError } from '@holdfast/errors';
import { type Chain, type ChainFile, pathTo } from './chain.js';
import { stampTime } from './names.js';
import type { Repository } from './repository.js';

/** A state of the storage that can be restored. */
export interface Moment {
  /** The file that completes it; its stamp is the moment's. */
  readonly file: ChainFile;
  readonly chain: Chain;
  /** The files to read, in order. */
  readonly path: readonly ChainFile[];
}

/** All that can be restored, oldest first. */
export function moments(repository: Repository): readonly Moment[] {
  return repository.chains.flatMap((chain) =>
    chain.files.map((file) => ({ file, chain, path: pathTo(file) })),
  );
}

export interface ChosenMoment extends Moment {
  /** What a later backup at or before the asked date would have held, had it not been damaged. */
  readonly warnings: readonly string[];
}

/**
 * The newest state at or before a date. @param at a stamp or the beginning of one, compared as text with the
 * names, as repozo does: `2020-01-02` leaves that whole day out. Undefined: the newest of all.
 */
export function chooseMoment(repository: Repository, at: string | undefined): ChosenMoment {
  const candidates = moments(repository).filter(({ file }) => at === undefined || file.stamp <= at);
  const chosen = candidates.at(-1);
  if (chosen === undefined) {
    const when = at === undefined ? '' : ` at or before ${at}`;
    const message = `${repository.location} has no backup${when}`;
    throw new HoldfastError('repository.no-backup', message, { path: repository.location });
  }
  return { ...chosen, warnings: laterThan(repository, chosen, at) };
}

function laterThan(repository: Repository, chosen: Moment, at: string | undefined): readonly string[] {
  const lost = repository.chains
    .flatMap(({ detached }) => detached)
    .filter(({ stamp }) => stamp > chosen.file.stamp && (at === undefined || stamp <= at));
  return lost.map(({ name }) => `the later backup ${name} cannot be restored: see \`holdfast verify\``);
}

/** Milliseconds since 1970 of a data file's stamp. */
export function timeOf(file: ChainFile): number {
  return stampTime(file.stamp) ?? 0;
}
