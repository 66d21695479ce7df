import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const HOOK = {
  'hook.failed': {
    exit: EXIT.failure,
    meaning: 'A command that the configuration runs before or after the work failed.',
    hint: 'Run that command by hand to see why; what was backed up before it is complete.',
  },
  'hook.timeout': {
    exit: EXIT.failure,
    meaning: 'A command that the configuration runs before or after the work took too long and was ended.',
    hint: 'Mend the command, or raise command_timeout in holdfast.toml.',
  },
} as const satisfies Families<'hook'>;
