import { join } from 'node:path';
import type { Contender, Scenario } from '../../scenario.js';
import { atLeastTimesAsFast } from '../../targets.js';
import { type BlobSite, type BlobSites, nextStamp, prepareWith, settle } from './site.js';

const HOLDFAST = 'holdfast';
const RSYNC = 'rsync -a --delete --link-dest';

export function nextSnapshot(sites: BlobSites, count: number): Scenario {
  return {
    name: `next-${count}`,
    title: `a snapshot of ${count} blobs, ten of them new`,
    mostRounds: count > 100_000 ? 2 : 9,
    prepare: async () => {
      const site = await sites.site(count);
      return [await series(site), await rsyncSeries(site)];
    },
    targets: [atLeastTimesAsFast(HOLDFAST, RSYNC, 3)],
  };
}

async function series(site: BlobSite): Promise<Contender> {
  const location = await site.place();
  await prepareWith(site.holdfast(location, await nextStamp(), 'tree'));
  let made = '';
  return {
    name: HOLDFAST,
    program: 'holdfast',
    reset: async () => {
      // Once a round: rsync, which comes after, finds the same ten.
      await site.grow();
      const stamp = await nextStamp();
      made = join(location, `blobstorage.${stamp}`, 'blobstorage');
      await settle();
      return site.holdfast(location, stamp, 'tree');
    },
    inspect: () => site.expectSame(made),
  };
}

/** Each linked to the one before. */
export async function rsyncSeries(site: BlobSite): Promise<Contender> {
  const location = await site.place();
  await prepareWith(site.rsync(join(location, 'blobstorage.0')));
  let number = 0;
  return {
    name: RSYNC,
    program: 'peer',
    reset: async () => {
      number += 1;
      await settle();
      return site.rsync(join(location, `blobstorage.${number}`), `../blobstorage.${number - 1}`);
    },
    inspect: () => site.expectSame(join(location, `blobstorage.${number}`, 'blobstorage')),
  };
}
