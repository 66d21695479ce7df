import { type Chain, type ChainFile, newestOf, type PresentFile, pathTo } from './chain.js';
import { printDat } from './dat-file.js';
import { type Engine, step } from './engine.js';
import { DAT, dataName, HELD_DAT, RECORD, SET_ASIDE, stampOf, stampTime } from './names.js';
import { datText } from './publish.js';
import type { Repository } from './repository.js';
import { publishText } from './store.js';

/**
 * What brings names, ranges and `.dat` together again after a crash, or after what two colliding repozos left
 * (docs/formats/repository.md, "Repair"). Planned as data, done one step at a time; each step leaves the
 * repository no worse for repozo than it was, and a repair that was itself stopped is planned anew.
 */
export type RepairAction =
  /** A file that continues nothing, or that a later one covers: repozo would put its bytes in the middle. */
  | { readonly kind: 'set-aside'; readonly name: string; readonly reason: string }
  /** An increment hidden by the full of the same second gets a name of its own. */
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | { readonly kind: 'write-dat'; readonly name: string; readonly text: string; readonly reason: string }
  /** Leftovers of a publication, or of a chain that is gone. */
  | { readonly kind: 'remove'; readonly name: string; readonly reason: string };

export function planRepair(engine: Engine, repository: Repository, now: number): readonly RepairAction[] {
  const stamps = new Set(repository.chains.map(({ stamp }) => stamp));
  const orphans = repository.files.filter(
    ({ name }) =>
      (name.endsWith(RECORD) || name.endsWith(HELD_DAT)) && !stamps.has(name.slice(0, name.lastIndexOf('.'))),
  );
  return [
    ...repository.chains.flatMap((chain, index) => {
      const next = repository.chains[index + 1]?.stamp;
      return repairChain(engine, chain, repository, next ?? stampOf(now + 1000));
    }),
    ...orphans.map(({ name }): RepairAction => ({ kind: 'remove', name, reason: 'its backups are gone' })),
  ];
}

/** @param limit the stamp that new names in this chain must be earlier than */
function repairChain(
  engine: Engine,
  chain: Chain,
  repository: Repository,
  limit: string,
): readonly RepairAction[] {
  const newest = newestOf(chain);
  if (newest === undefined) return [];
  const path = pathTo(newest);
  const aside = [...chain.detached, ...chain.files.filter((file) => !path.includes(file))].sort(newestFirst);
  const renamed = new Map(renames(path, limit).map((action) => [action.name, action]));
  const files = path.map((file) => ({ ...file, name: renamed.get(file.name)?.to ?? file.name }));
  const text = datText(engine, files);
  const dat = chain.stamp + DAT;
  const current = repository.datTexts.get(dat);
  return [
    ...aside.map(({ name }): RepairAction => ({ kind: 'set-aside', name, reason: reasonFor(chain, name) })),
    ...renamed.values(),
    ...(agrees(current, path, renamed.size)
      ? []
      : [{ kind: 'write-dat', name: dat, text, reason: datReason(chain) } as const]),
    ...(chain.datState === 'held'
      ? [{ kind: 'remove', name: chain.stamp + HELD_DAT, reason: 'a publication was stopped' } as const]
      : []),
  ];
}

/** Whether the `.dat` lists just these files with just these ranges; the directories in its paths do not matter. */
function agrees(text: string | undefined, path: readonly ChainFile[], renamed: number): boolean {
  if (text === undefined || renamed > 0) return false;
  const bare = text.replace(/^.*\/(?=[^/\n]*$)/gm, '');
  return bare === printDat(path.map((file) => ({ ...file, path: file.name })));
}

function renames(path: readonly ChainFile[], limit: string) {
  const [full, first, second] = path;
  if (full === undefined || first === undefined || first.stamp !== full.stamp) return [];
  const stamp = stampOf((stampTime(full.stamp) ?? 0) + 1000);
  if (stamp >= (second?.stamp ?? limit)) return [];
  return [{ kind: 'rename', name: first.name, to: dataName(stamp, 'increment', first.gzip) } as const];
}

function newestFirst(a: PresentFile, b: PresentFile): number {
  return a.name < b.name ? 1 : -1;
}

function reasonFor(chain: Chain, name: string): string {
  const problem = chain.problems.find(
    (candidate) => candidate.name === name && candidate.kind !== 'unrecorded',
  );
  switch (problem?.kind) {
    case 'gap':
      return `it begins at byte ${problem.start}, but no file before it ends there`;
    case 'unreadable':
      return problem.reason;
    default:
      return 'a later increment covers the same bytes';
  }
}

function datReason(chain: Chain): string {
  switch (chain.datState) {
    case 'held':
      return 'a publication was stopped';
    case 'missing':
      return 'it was missing';
    case 'torn':
      return 'its last line was torn';
    case 'whole':
      return 'it did not list the files that are there';
  }
}

export async function applyRepair(engine: Engine, actions: readonly RepairAction[]): Promise<void> {
  for (const action of actions) await step(engine, `repair-${action.kind}`, () => apply(engine, action));
}

async function apply({ store }: Engine, action: RepairAction): Promise<void> {
  switch (action.kind) {
    case 'set-aside':
      return store.move(action.name, action.name + SET_ASIDE);
    case 'rename':
      return store.move(action.name, action.to);
    case 'write-dat':
      return publishText(store, action.name, action.text, { replace: true });
    case 'remove':
      return store.remove(action.name);
  }
}
