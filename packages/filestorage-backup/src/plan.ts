import { stampOf, stampTime } from './names.js';

/**
 * The decision of a backup, pure: what is known goes in, the plan with its reason comes out. Where more must be
 * known first, the plan is to look at it and to ask again (design decisions 3, 4 and 17).
 */

export type FullReason =
  /** `fullbackup`, `--full`. */
  | 'asked'
  /** The repository has no backup yet. */
  | 'first'
  /** The newest chain cannot be continued: a file of it is unreadable. */
  | 'chain-damaged'
  /** The source is shorter than what was backed up: a pack, or another file. */
  | 'source-shrank'
  /** A checkpoint is not where it was: a pack, or another file. */
  | 'checkpoint-differs'
  /** The prefix was read and differs from what was backed up. */
  | 'prefix-differs';

export type LookReason =
  /** Always, before anything is continued. */
  | 'checkpoints'
  /** `--thorough`. */
  | 'thorough'
  /** The source lies in another file than at the last backup, or this is not known. */
  | 'source-moved';

export type Plan =
  | { readonly kind: 'look'; readonly at: 'checkpoints' | 'prefix'; readonly reason: LookReason }
  | { readonly kind: 'full'; readonly reason: FullReason }
  | { readonly kind: 'increment'; readonly reason: 'grown'; readonly start: number }
  | { readonly kind: 'nothing'; readonly reason: 'unchanged' };

export interface PlanState {
  readonly request: { readonly full: boolean; readonly thorough: boolean };
  readonly sourceSize: number;
  /** The newest chain; undefined where the repository has none. */
  readonly chain:
    | undefined
    | 'damaged'
    | {
        /** How much of the source it holds, bytes. */
        readonly end: number;
        /** Whether the source lies in the same file as when it was last backed up. */
        readonly sourceInPlace: boolean;
      };
  /** What was looked at already; undefined = not yet. */
  readonly seen: { readonly checkpoints: boolean | undefined; readonly prefix: boolean | undefined };
}

export function planBackup({ request, sourceSize, chain, seen }: PlanState): Plan {
  if (chain === undefined) return { kind: 'full', reason: 'first' };
  if (request.full) return { kind: 'full', reason: 'asked' };
  if (chain === 'damaged') return { kind: 'full', reason: 'chain-damaged' };
  if (sourceSize < chain.end) return { kind: 'full', reason: 'source-shrank' };
  if (seen.checkpoints === undefined) return { kind: 'look', at: 'checkpoints', reason: 'checkpoints' };
  if (!seen.checkpoints) return { kind: 'full', reason: 'checkpoint-differs' };
  if (seen.prefix === undefined && (request.thorough || !chain.sourceInPlace)) {
    return { kind: 'look', at: 'prefix', reason: request.thorough ? 'thorough' : 'source-moved' };
  }
  if (seen.prefix === false) return { kind: 'full', reason: 'prefix-differs' };
  if (sourceSize === chain.end) return { kind: 'nothing', reason: 'unchanged' };
  return { kind: 'increment', reason: 'grown', start: chain.end };
}

/** How the reasons read for a person. */
export const REASON_TEXT: Readonly<Record<FullReason | LookReason | 'grown' | 'unchanged', string>> = {
  asked: 'a full backup was asked for',
  first: 'the repository has no backup yet',
  'chain-damaged': 'the newest backups are damaged and cannot be continued',
  'source-shrank': 'the source is shorter than the last backup, as after a pack',
  'checkpoint-differs': 'backed-up transactions are not where they were, as after a pack',
  'prefix-differs': 'the backed-up part of the source was changed',
  checkpoints: 'the checkpoints are looked at',
  thorough: 'the whole backed-up part is compared, as asked',
  'source-moved':
    'the source lies in another file than at the last backup, so its backed-up part is compared',
  grown: 'the source has grown',
  unchanged: 'the source has not changed',
};

export type StampChoice =
  | { readonly kind: 'use'; readonly stamp: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly newest: string };

/** A clock that stepped back by less than this is waited for. */
const PATIENCE_MS = 5000;

/**
 * The name of the next backup: strictly later than all there are, never later than the clock (repozo does not see
 * those). @param newest the latest stamp in the repository @param now milliseconds since 1970
 */
export function chooseStamp(newest: string | undefined, now: number): StampChoice {
  const stamp = stampOf(now);
  if (newest === undefined || newest < stamp) return { kind: 'use', stamp };
  const free = (stampTime(newest) ?? Number.POSITIVE_INFINITY) + 1000;
  const ms = free - now;
  return ms <= PATIENCE_MS ? { kind: 'wait', ms } : { kind: 'refuse', newest };
}
