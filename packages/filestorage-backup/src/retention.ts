import { HoldfastError } from '@holdfast/errors';
import type { Chain, ChainFile, PresentFile } from './chain.js';
import { parseDat, printDat } from './dat-file.js';
import { type Engine, step } from './engine.js';
import { DAT, HELD_DAT, INDEX, parseDataName, RECORD, stampTime } from './names.js';
import { applyRemoval, type RemovalStep } from './removal-step.js';
import type { Repository } from './repository.js';

/**
 * What has to be done so that a chain is gone, or ends earlier (docs/formats/repository.md, "Removing"). The `.dat`
 * goes first, or loses its last lines; then the files, from the newest to the full: what is left at any moment
 * restores, and a file that is listed is there.
 */

/**
 * Removes the chains before the newest one, as `repozo -k` does after a full backup; chains of another history stay.
 *
 * @returns the names of the removed files
 */
export async function removeOlderChains(engine: Engine, repository: Repository): Promise<readonly string[]> {
  const others = otherHistories(repository);
  const removed: string[] = [];
  for (const chain of repository.chains.slice(0, -1)) {
    if (others.has(chain)) continue;
    for (const removal of planRemoval(repository, chain, () => true)) {
      await step(engine, 'remove-old', () => applyRemoval(engine, removal));
      removed.push(removal.name);
    }
  }
  return removed;
}

/**
 * The chains that hold another history of the storage, or another storage, than the newest one. A chain whose lineage
 * is not known was written by repozo, and the one after it was judged to go on with it before it was made.
 *
 * @param known lineages of chains that have lost their record, by stamp
 */
export function otherHistories(
  { chains }: Pick<Repository, 'chains'>,
  known: ReadonlyMap<string, string> = new Map(),
): ReadonlySet<Chain> {
  const lineageOf = ({ record, stamp }: Chain) => record?.lineage ?? known.get(stamp);
  const current = chains.map(lineageOf).findLast((lineage) => lineage !== undefined);
  return new Set(chains.filter((chain) => (lineageOf(chain) ?? current) !== current));
}

/**
 * The steps that remove files from a chain, in their order. Where the full goes, everything of the chain does.
 *
 * @param goes whether a file is to go; what continues a file that goes has to go too
 */
export function planRemoval(
  repository: Repository,
  chain: Chain,
  goes: (file: ChainFile) => boolean,
): readonly RemovalStep[] {
  const stays = chain.files.filter((file) => !goes(file));
  const going = chain.files.filter(goes);
  const torn = stays.find(({ parent }) => parent !== undefined && going.includes(parent));
  if (torn !== undefined) throw new HoldfastError('internal', `${torn.name} would lose what it continues`);
  return stays.length === 0 ? wholeChain(repository, chain) : tail(repository, chain, going);
}

function wholeChain(repository: Repository, chain: Chain): readonly RemovalStep[] {
  const twins = repository.files.flatMap(({ name, size }): PresentFile[] => {
    const parsed = parseDataName(name);
    const same = parsed?.stamp === chain.stamp && parsed.kind === 'full';
    return same && !chain.files.some((file) => file.name === name) ? [{ ...parsed, storedSize: size }] : [];
  });
  const data = [...twins, ...chain.files, ...chain.detached];
  const ordered = newestFirst(data.filter(({ kind }) => kind === 'increment'));
  const fulls = newestFirst(data.filter(({ kind }) => kind === 'full'));
  // A plain full beside a gzipped one of its second is hidden by it, and would be seen when that one is gone.
  const inOrder = [...ordered, ...fulls.reverse()];
  const names = [
    chain.stamp + DAT,
    chain.stamp + HELD_DAT,
    ...inOrder.flatMap((file) => [...indexesOf([file]), file.name]),
    chain.stamp + RECORD,
  ];
  return removals(repository, names);
}

/** The files at the end of a chain that others of it do not need. */
function tail(repository: Repository, chain: Chain, going: readonly ChainFile[]): readonly RemovalStep[] {
  if (going.length === 0) return [];
  const gone = new Set(going.map(({ name }) => name));
  const dats = [chain.stamp + HELD_DAT, chain.stamp + DAT].flatMap(
    (name) => repository.datTexts.get(name) ?? [],
  );
  const lines = dats.flatMap((text) => parseDat(text).lines);
  const text = printDat(lines.filter(({ name }) => !gone.has(name)));
  const rewrite = { kind: 'write-dat', name: chain.stamp + DAT, text, bytes: 0 } as const;
  const listed = lines.some(({ name }) => gone.has(name));
  const ordered = newestFirst(going);
  return [
    ...(listed ? [{ ...rewrite, onFullDisk: 'skip' } as const] : []),
    ...removals(
      repository,
      ordered.flatMap((file) => [...indexesOf([file]), file.name]),
    ),
    ...(listed ? [{ ...rewrite, onFullDisk: 'fail' } as const] : []),
    ...(listed ? removals(repository, [chain.stamp + HELD_DAT]) : []),
  ];
}

/** Records of chains that are gone: what a killed removal leaves at most. */
export function planOrphans({ chains, files }: Repository): readonly RemovalStep[] {
  const newest = chains.at(-1)?.stamp ?? '';
  const stamps = new Set(chains.map(({ stamp }) => stamp));
  return files.flatMap(({ name, size }): RemovalStep[] => {
    const stamp = name.endsWith(RECORD) ? name.slice(0, -RECORD.length) : undefined;
    const gone =
      stamp !== undefined && stampTime(stamp) !== undefined && stamp < newest && !stamps.has(stamp);
    return gone ? [{ kind: 'remove', name, bytes: size }] : [];
  });
}

function newestFirst<T extends PresentFile>(files: readonly T[]): T[] {
  return [...files].sort((a, b) => (a.name < b.name ? 1 : -1));
}

function indexesOf(files: readonly PresentFile[]): readonly string[] {
  return files.map(({ stamp }) => stamp + INDEX);
}

function removals(repository: Repository, names: readonly string[]): readonly RemovalStep[] {
  const sizes = new Map(repository.files.map(({ name, size }) => [name, size]));
  return [...new Set(names)].flatMap((name): RemovalStep[] => {
    const bytes = sizes.get(name);
    return bytes === undefined ? [] : [{ kind: 'remove', name, bytes }];
  });
}
