import { type RsyncOptions, translateRsyncOptions } from '@holdfast/blob-snapshot';
import type { Problem } from './problem.js';

const OPTION = 'rsync_options';

/** What `rsync_options` mean for every backup. */
export function rsyncMeaning(text: string): {
  readonly exclude: readonly string[];
  readonly itemize: boolean;
} {
  const { exclude, itemize, verbose } = translateRsyncOptions(text);
  return { exclude, itemize: itemize || verbose };
}

/** The options that Holdfast does not do; it must not make another backup than was meant. */
export function rsyncProblems(text: string): readonly Problem[] {
  const { refused, dryRun } = translateRsyncOptions(text);
  const all = dryRun
    ? [...refused, { option: '--dry-run', reason: 'nothing would ever be backed up' }]
    : refused;
  return all.map(({ option, reason }) => ({ path: [OPTION], message: `${option}: ${reason}` }));
}

/** What is left out, in words for whoever moves to Holdfast. */
export function rsyncNotes(text: string): readonly string[] {
  const { ignored }: RsyncOptions = translateRsyncOptions(text);
  return ignored.map(({ option, note }) => `${OPTION}: ${option} changes nothing: ${note}.`);
}
