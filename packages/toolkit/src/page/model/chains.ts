import { type SetSummary, type Stored, storedOf } from '@holdfast/monitor';
import { percentOf, percentTicks } from '../charts/geometry.js';
import { bytesInWords, counted } from '../words/bytes.js';
import { momentOf } from '../words/times.js';
import { setInWords } from './facts.js';

/** A full backup and what was added to it, or sets that stand alone, on a line of time. */
export interface ChainView {
  readonly id: string;
  readonly title: string;
  /** How many sets, how large. */
  readonly words: string;
  readonly marks: readonly MarkView[];
  /** A line joins the marks: each needs those before it. */
  readonly joined: boolean;
}

export interface MarkView {
  /** Per cent of the line. */
  readonly at: number;
  readonly shape: 'full' | 'increment' | 'alone';
  readonly state: 'sound' | 'unchecked' | 'damaged';
  readonly title: string;
}

export interface ChainsView {
  /** Newest first. */
  readonly chains: readonly ChainView[];
  /** Chains that are not drawn. */
  readonly older: number;
  readonly ticks: readonly { readonly percent: number; readonly label: string }[];
}

const MOST_CHAINS = 8;

/** @param sets oldest first */
export function chainsView(sets: readonly SetSummary[], nowMs: number): ChainsView {
  const groups = [...grouped(sets)].sort((a, b) => b.sets.at(-1)!.timeMs - a.sets.at(-1)!.timeMs);
  const drawn = groups.slice(0, MOST_CHAINS);
  const first = drawn.reduce((least, group) => Math.min(least, group.sets[0]!.timeMs), nowMs);
  const span = [first, Math.max(nowMs, first + 1)] as const;
  const stored = storedOf(sets);
  return {
    chains: drawn.map((group) => chainView(group, stored, span, nowMs)),
    older: groups.length - drawn.length,
    ticks: percentTicks(span, 7).filter(({ percent }) => percent > 3 && percent < 87),
  };
}

interface Group {
  readonly id: string;
  readonly sets: SetSummary[];
  readonly kind: GroupKind;
}

type GroupKind = 'chain' | keyof typeof TITLES;

/** Of sets that stand alone. */
const TITLES = {
  zip: 'Zip archives',
  snapshot: 'Snapshot backups',
  blobs: 'Backups of blobs only',
  orphans: 'Archives without their full one',
} as const;

function grouped(sets: readonly SetSummary[]): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const set of sets) {
    const kind = groupKindOf(set);
    const id = kind === 'chain' ? `chain-${set.chain}` : `alone-${kind}`;
    const group = groups.get(id) ?? { id, sets: [], kind };
    group.sets.push(set);
    groups.set(id, group);
  }
  return groups.values();
}

function groupKindOf({ kind, part, chain }: SetSummary): GroupKind {
  if (kind !== 'backup') return kind;
  if (chain !== undefined) return 'chain';
  return part === undefined ? 'blobs' : 'orphans';
}

function chainView(
  { id, sets, kind }: Group,
  stored: ReadonlyMap<SetSummary, Stored>,
  span: readonly [number, number],
  nowMs: number,
): ChainView {
  const first = sets[0]!;
  const chained = kind === 'chain';
  // A set of several storages has the file again of one that had not changed: no file, no mark.
  const drawn = chained ? sets.filter((set) => stored.get(set)!.isNew) : sets;
  const many = chained && first.part === 'full' ? increments(drawn.length - 1) : counted(drawn.length, 'set');
  return {
    id,
    title: chained ? chainTitle(first, nowMs) : TITLES[kind],
    words: `${many}, ${bytesInWords(bytesOf(sets, stored))} stored`,
    marks: drawn.map((set) => markView(set, span, nowMs)),
    joined: chained,
  };
}

function bytesOf(sets: readonly SetSummary[], stored: ReadonlyMap<SetSummary, Stored>): number {
  return sets.reduce((sum, set) => sum + stored.get(set)!.data + stored.get(set)!.blobs, 0);
}

function chainTitle({ part, timeMs }: SetSummary, nowMs: number): string {
  const { plain } = momentOf(timeMs, nowMs);
  return part === 'full' ? `Full backup of ${plain}` : `Increments since ${plain}, without their full backup`;
}

const increments = (count: number) => (count === 0 ? 'no increments' : counted(count, 'increment'));

function markView(set: SetSummary, span: readonly [number, number], nowMs: number): MarkView {
  const state = stateOf(set);
  const shape = set.kind === 'backup' && set.part !== undefined ? set.part : 'alone';
  const words = { sound: 'checked, sound', unchecked: 'not checked', damaged: 'damaged' }[state];
  return {
    at: percentOf(set.timeMs, span),
    shape,
    state,
    title: `${setInWords(set)}, ${momentOf(set.timeMs, nowMs).utc}, ${words}`,
  };
}

export function stateOf({ whole, verified }: Pick<SetSummary, 'whole' | 'verified'>): MarkView['state'] {
  if (!whole || verified?.sound === false) return 'damaged';
  return verified === undefined ? 'unchecked' : 'sound';
}
