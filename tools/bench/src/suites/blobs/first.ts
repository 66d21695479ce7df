import { join } from 'node:path';
import type { Command } from '../../measured-process.js';
import type { Contender, Scenario } from '../../scenario.js';
import { atLeastTimesAsFast } from '../../targets.js';
import { type BlobSite, type BlobSites, nextStamp, settle } from './site.js';

const HOLDFAST = 'holdfast';
const RSYNC = 'rsync -a';
const RSYNC_DURABLE = 'rsync -a, sync -f';

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
        rsync(site, RSYNC, (to) => site.rsync(to)),
        rsync(site, RSYNC_DURABLE, (to) => site.rsyncDurably(to)),
      ];
    },
    targets: [
      atLeastTimesAsFast(HOLDFAST, RSYNC, 1.2),
      // What rsync leaves in memory when it ends, the disk still has to write: this one promises what ours does.
      atLeastTimesAsFast(HOLDFAST, RSYNC_DURABLE, 1.2),
    ],
  };
}

function rsync(site: BlobSite, name: string, commandFor: (to: string) => Command): Contender {
  let made = '';
  return {
    name,
    program: 'peer',
    reset: async () => {
      const location = await site.place();
      made = join(location, 'blobstorage.0', 'blobstorage');
      await settle();
      return commandFor(join(location, 'blobstorage.0'));
    },
    inspect: () => site.expectSame(made),
  };
}
