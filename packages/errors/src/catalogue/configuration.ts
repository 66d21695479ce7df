import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const CONFIGURATION = {
  'configuration.missing': {
    exit: EXIT.usage,
    meaning: 'There is no configuration at this path, or no site that this directory belongs to.',
    hint: "Run the command in the site's directory, give the file with --config, or make one with `holdfast init`.",
  },
  'configuration.invalid': {
    exit: EXIT.usage,
    meaning: 'The configuration has options that Holdfast does not know, or values that cannot be.',
    hint: 'Correct the file; docs/configuration.md lists every option.',
  },
  'configuration.not-trusted': {
    exit: EXIT.refused,
    meaning:
      'The configuration that was found could have been written by somebody else, and its commands would be run.',
    hint: 'If the file is meant, give it with --config.',
  },
  'init.exists': {
    exit: EXIT.refused,
    meaning: 'A file is there that `holdfast init` would replace.',
    hint: 'Look at it; `holdfast init --force` replaces it and keeps the old one.',
  },
  'init.unreadable': {
    exit: EXIT.usage,
    meaning: 'The file that the configuration is to be made from cannot be understood.',
    hint: 'Correct the line that is named, or write holdfast.toml by hand.',
  },
} as const satisfies Families<'configuration' | 'init'>;
