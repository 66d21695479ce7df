import { emptyDirectory, newestBytes } from '../../files.js';
import { backupCommand, type Format } from '../../repositories.js';
import type { Contender, Scenario } from '../../scenario.js';
import { anyOf, atLeastTimesAsFast, atMostTheSize } from '../../targets.js';
import type { Place, Site } from './site.js';

const LIBDEFLATE = 'holdfast, libdeflate';
const ZLIB = 'holdfast, node:zlib';
const REPOZO = 'repozo';

export function fullGzip(site: Site): Scenario {
  const name = 'full-gzip';
  return {
    name,
    title: 'full backup, gzipped',
    mostRounds: 2,
    prepare: async () => {
      const place = await site.main();
      await place.storage.shrink();
      const missing = site.libdeflate ? undefined : 'libdeflate is not installed (Debian: libdeflate0)';
      return [
        {
          ...holdfast(site, place, { scenario: name, name: LIBDEFLATE, flags: ['--codec', 'libdeflate'] }),
          missing,
        },
        holdfast(site, place, { scenario: name, name: ZLIB, flags: ['--codec', 'zlib'] }),
        repozo(site, place, name, 'gzip'),
      ];
    },
    targets: [
      atLeastTimesAsFast(LIBDEFLATE, REPOZO, 14),
      atMostTheSize(LIBDEFLATE, REPOZO, 1.02),
      anyOf(`${ZLIB}: at least 7 times as fast at 1.02 of the size, or 8 times at 1.04`, [
        [atLeastTimesAsFast(ZLIB, REPOZO, 7), atMostTheSize(ZLIB, REPOZO, 1.02)],
        [atLeastTimesAsFast(ZLIB, REPOZO, 8), atMostTheSize(ZLIB, REPOZO, 1.04)],
      ]),
    ],
  };
}

export function fullPlain(site: Site): Scenario {
  const name = 'full-plain';
  return {
    name,
    title: 'full backup, not compressed',
    prepare: async () => {
      const place = await site.main();
      await place.storage.shrink();
      return [
        holdfast(site, place, { scenario: name, name: 'holdfast', flags: ['--no-gzip'] }),
        repozo(site, place, name, 'plain'),
      ];
    },
    targets: [atLeastTimesAsFast('holdfast', REPOZO, 2)],
  };
}

interface Kind {
  readonly scenario: string;
  readonly name: string;
  readonly flags: readonly string[];
}

function holdfast(site: Site, { storage }: Place, { scenario, name, flags }: Kind): Contender {
  const repository = site.work(scenario, name);
  const places = ['--datafs', storage.path, '--repository', repository];
  return {
    name,
    program: 'holdfast',
    reset: async () => {
      await emptyDirectory(repository);
      return site.programs.holdfast('backup', '--full', ...places, ...flags);
    },
    inspect: () => newestBytes(repository, 1),
  };
}

function repozo(site: Site, { storage, repositories }: Place, scenario: string, format: Format): Contender {
  const repository = site.work(scenario, REPOZO);
  return {
    name: REPOZO,
    program: 'peer',
    reset: async () => {
      await emptyDirectory(repository);
      return backupCommand(site.programs, 'repozo', storage.path, repository, format, 'full');
    },
    inspect: async () => {
      const bytes = await newestBytes(repository, 1);
      await repositories.offer(repository, format);
      return bytes;
    },
  };
}
