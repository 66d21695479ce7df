import type { SetSummary } from '@holdfast/monitor';
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
  return {
    chains: drawn.map((group) => chainView(group, span, nowMs)),
    older: groups.length - drawn.length,
    ticks: percentTicks(span, 7).filter(({ percent }) => percent > 3 && percent < 87),
  };
}

interface Group {
  readonly id: string;
  readonly sets: SetSummary[];
  readonly chained: boolean;
}

function grouped(sets: readonly SetSummary[]): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const set of sets) {
    const chained = set.kind === 'backup' && set.chain !== undefined;
    const id = chained ? `chain-${set.chain}` : `alone-${setInWords({ ...set, part: undefined })}`;
    const group = groups.get(id) ?? { id, sets: [], chained };
    group.sets.push(set);
    groups.set(id, group);
  }
  return groups.values();
}

function chainView({ id, sets, chained }: Group, span: readonly [number, number], nowMs: number): ChainView {
  const stored = sets.reduce((sum, set) => sum + storedBytesOf(set), 0);
  const first = sets[0]!;
  return {
    id,
    title: titleOf(first, chained, nowMs),
    words: `${chained && first.part === 'full' ? increments(sets.length - 1) : counted(sets.length, 'set')}, ${bytesInWords(stored)} stored`,
    marks: sets.map((set) => markView(set, span, nowMs)),
    joined: chained,
  };
}

function titleOf(first: SetSummary, chained: boolean, nowMs: number): string {
  if (chained) {
    const { plain } = momentOf(first.timeMs, nowMs);
    return first.part === 'full'
      ? `Full backup of ${plain}`
      : `Increments since ${plain}, without their full backup`;
  }
  if (first.kind === 'zip') return 'Zip archives';
  return first.kind === 'snapshot' ? 'Snapshot backups' : 'Backups of blobs only';
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

/** What a set takes on the disk: its files, and the blobs that no earlier set has. */
export function storedBytesOf({ storedBytes, blobs }: Pick<SetSummary, 'storedBytes' | 'blobs'>): number {
  return (storedBytes ?? 0) + (blobs?.addedBytes ?? 0);
}
