import type { Flock } from '../src/flock.js';
import { koffiFlock } from '../src/koffi-flock.js';
import { utilLinuxFlock } from '../src/util-linux-flock.js';

/** Both ways to `flock`, to run one suite on each. */
export const FLOCKS: readonly { readonly name: Flock['name']; readonly load: () => Promise<Flock> }[] = [
  { name: 'koffi', load: async () => koffiFlock() },
  { name: 'util-linux', load: () => utilLinuxFlock() },
];
