import { join } from 'node:path';
import type { Contender, Scenario } from '../../scenario.js';
import { atLeastTimesAsFast } from '../../targets.js';
import { type BlobSites, nextStamp, settle } from './site.js';

const HOLDFAST = 'holdfast';
const RSYNC = 'rsync -a';

export function firstCopy(sites: BlobSites, count: number): Scenario {
  return {
    name: `first-${count}`,
    title: `the first copy of ${count} blobs (ours with digests, a manifest, and on the disk when it ends)`,
    prepare: async (): Promise<readonly Contender[]> => {
      const site = await sites.site(count);
      let made = '';
      return [
        {
          name: HOLDFAST,
          program: 'holdfast',
          reset: async () => {
            const [location, stamp] = [await site.place(), await nextStamp()];
            made = join(location, `blobstorage.${stamp}`, 'blobstorage');
            await settle();
            return site.holdfast(location, stamp, 'tree');
          },
          inspect: () => site.expectSame(made),
        },
        {
          name: RSYNC,
          program: 'peer',
          reset: async () => {
            const location = await site.place();
            made = join(location, 'blobstorage.0', 'blobstorage');
            await settle();
            return site.rsync(join(location, 'blobstorage.0'));
          },
          inspect: () => site.expectSame(made),
        },
      ];
    },
    targets: [atLeastTimesAsFast(HOLDFAST, RSYNC, 1.2)],
  };
}
