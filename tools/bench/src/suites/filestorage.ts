import type { Suite } from '../suite.js';
import { fullGzip, fullPlain } from './filestorage/full.js';
import { firstIncrement, growth, nothing } from './filestorage/increment.js';
import { recover } from './filestorage/recover.js';
import { Site } from './filestorage/site.js';
import { verify } from './filestorage/verify.js';

/** The backup of a FileStorage, beside repozo (issue 2, "It works when", 5). */
export const filestorage: Suite = {
  name: 'filestorage',
  open: (options, programs, tell) => {
    const site = new Site(programs, options, tell);
    return {
      scenarios: [
        fullGzip(site),
        fullPlain(site),
        firstIncrement(site, 'gzip'),
        firstIncrement(site, 'plain'),
        growth(site, options),
        nothing(site),
        recover(site, 'gzip', 3),
        recover(site, 'plain', 1.3),
        verify(site),
      ],
      clear: (scenario) => site.clear(scenario),
      close: () => site.close(),
    };
  },
};
