import { CANNOT_TELL, type SeenStatus } from '../../see-storage.js';
import type { PathFilter } from '../../without-paths.js';

/** `none`: nobody asked this server to back the storage up. */
export type Level = 'danger' | 'attention' | 'none' | 'safe';

export interface VerdictView {
  readonly level: Level;
  /** The level in words: colour alone tells some people nothing. */
  readonly word: string;
  readonly headline: string;
  readonly reasons: readonly string[];
  readonly problems: readonly string[];
}

export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  danger: 'Danger',
  attention: 'Look at this',
  none: 'Not backed up here',
  safe: 'Safe',
};

/** The worst first. */
export const LEVELS: readonly Level[] = ['danger', 'attention', 'none', 'safe'];

export function verdictView(seen: SeenStatus, paths: PathFilter): VerdictView {
  if (seen.kind === 'read') {
    const { verdict, problems } = seen.status;
    return { ...paths.data({ ...verdict, problems }), word: LEVEL_WORDS[verdict.level] };
  }
  if (seen.kind === 'failed') {
    return {
      level: 'danger',
      word: LEVEL_WORDS.danger,
      headline: CANNOT_TELL,
      reasons: [],
      problems: [seen.message, seen.hint],
    };
  }
  return {
    level: 'none',
    word: LEVEL_WORDS.none,
    headline: 'This server only freezes this storage for others. Whether it is backed up is for them to say.',
    reasons: [],
    problems: [],
  };
}
