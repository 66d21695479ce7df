import type { SeenStatus } from './seen.js';

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

export function verdictView(seen: SeenStatus): VerdictView {
  if (seen.kind === 'read') {
    const { verdict, problems } = seen.status;
    return { ...verdict, word: LEVEL_WORDS[verdict.level], problems };
  }
  if (seen.kind === 'failed') {
    return {
      level: 'danger',
      word: LEVEL_WORDS.danger,
      headline: 'How safe this storage is cannot be told: its backups could not be read.',
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
