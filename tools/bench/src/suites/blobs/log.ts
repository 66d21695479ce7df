import { join } from 'node:path';
import type { Contender, Scenario } from '../../scenario.js';
import { atLeastTimesAsFast, atMostTheTime } from '../../targets.js';
import { rsyncSeries } from './next.js';
import { type BlobSite, type BlobSites, nextStamp, prepareWith, settle, TEN } from './site.js';

const RSYNC = 'rsync -a --delete --link-dest';

/** The increment that knows from the log which blobs are new, and shares the tree. */
export function logDriven(sites: BlobSites, count: number): Scenario {
  const name = `log-driven, ${count} blobs`;
  return {
    name: `log-${count}`,
    title: `ten new blobs among ${count}, known from the log`,
    mostRounds: count > 100_000 ? 2 : 9,
    prepare: async () => {
      const site = await sites.site(count);
      return [await pool(site, name), await rsyncSeries(site)];
    },
    targets: [atLeastTimesAsFast(name, RSYNC, 50)],
  };
}

export function logGrowth(sites: BlobSites, small: number, large: number): Scenario {
  const names = [small, large].map((count) => `log-driven, ${count} blobs`) as [string, string];
  return {
    name: 'log-growth',
    title: 'ten new blobs, known from the log, among more and more old ones',
    prepare: async () => [
      await pool(await sites.site(small), names[0]),
      await pool(await sites.site(large), names[1]),
    ],
    targets: [atMostTheTime(names[1], names[0], 1.3)],
  };
}

async function pool(site: BlobSite, name: string): Promise<Contender> {
  const location = await site.place();
  let since = await nextStamp();
  const tree = join(location, `blobstorage.${since}`, 'blobstorage');
  await prepareWith(site.holdfast(location, since, 'pool'));
  return {
    name,
    program: 'holdfast',
    reset: async () => {
      const [first, stamp] = [await site.grow(), await nextStamp()];
      const command = site.holdfast(location, stamp, 'pool', [since, first, TEN]);
      since = stamp;
      await settle();
      return command;
    },
    inspect: () => site.expectSame(tree),
  };
}
