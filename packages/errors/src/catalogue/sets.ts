import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const SETS = {
  'sets.none': {
    exit: EXIT.repository,
    meaning: 'There is no backup set for that moment, or none that is whole.',
    hint: 'Run `holdfast list` to see what there is.',
  },
  'sets.not-found': {
    exit: EXIT.usage,
    meaning: 'No backup set has this id.',
    hint: 'Run `holdfast list`: an id is the time of the set, as in 2026-11-20-02-00-00.',
  },
  'sets.conflict': {
    exit: EXIT.refused,
    meaning: 'A record of this set exists and names other files.',
    hint: 'Run `holdfast verify`; move the record away if it is the wrong one, then run the backup again.',
  },
  'sets.in-future': {
    exit: EXIT.refused,
    meaning: 'A backup is later than the clock, so the ages of backups are not known. Nothing was removed.',
    hint: 'Set the clock right; if the clock is right and the backup has a false name, move that backup away.',
  },
  'sets.history': {
    exit: EXIT.refused,
    meaning:
      'The history of the runs was written by a later Holdfast. The sets themselves are not concerned.',
    hint: 'Update Holdfast here, or move .holdfast-history away: a new one begins with the next run.',
  },
} as const satisfies Families<'sets'>;
