import type { CatalogueEntry } from './entry.js';
import { EXIT } from './exit.js';

export const GENERAL = {
  usage: {
    exit: EXIT.usage,
    meaning: 'The command line is wrong.',
    hint: 'Run the command with --help.',
  },
  cancelled: {
    exit: EXIT.cancelled,
    meaning: 'The work was cancelled before it was done; nothing was published.',
    hint: 'Run the command again.',
    retryable: true,
  },
  internal: {
    exit: EXIT.failure,
    meaning: 'A mistake in Holdfast itself.',
    hint: 'Please report it, with the command and the message.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
