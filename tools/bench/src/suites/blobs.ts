import type { Suite } from '../suite.js';
import { firstCopy } from './blobs/first.js';
import { logDriven, logGrowth } from './blobs/log.js';
import { nextSnapshot } from './blobs/next.js';
import { BlobSites } from './blobs/site.js';

const SMALL = 60_000;
const LARGE = 300_000;

/** Trees of blobs, beside rsync (docs/decisions/0030-blob-snapshots.md). */
export const blobs: Suite = {
  name: 'blobs',
  open: (options, _programs, tell) => {
    const sites = new BlobSites(options.targetDirectory, tell);
    return {
      scenarios: [
        firstCopy(sites, SMALL),
        nextSnapshot(sites, SMALL),
        logDriven(sites, SMALL),
        nextSnapshot(sites, LARGE),
        logDriven(sites, LARGE),
        logGrowth(sites, SMALL, LARGE),
      ],
      // What was removed a moment ago slows down what is made next (ext4 does not reuse an inode at once): all goes at the end.
      clear: async () => {},
      close: () => sites.close(),
    };
  },
};
