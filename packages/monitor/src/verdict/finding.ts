import type { StorageStatus, Verdict } from '../status.js';
import type { Thresholds } from './thresholds.js';

/** A status that nobody has judged yet. */
export type Unjudged = Omit<StorageStatus, 'verdict'>;

/** What a verdict is made of. */
export interface Finding {
  readonly level: Verdict['level'];
  /** A reason: one sentence. */
  readonly sentence: string;
  /** What the headline says of it; undefined: nothing. */
  readonly but?: string | undefined;
}

/** What is looked at, and when. */
export interface Look {
  readonly status: Unjudged;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly thresholds: Thresholds;
}

export function safe(sentence: string): Finding {
  return { level: 'safe', sentence };
}
