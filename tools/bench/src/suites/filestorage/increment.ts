import { newestBytes, warmDirectory } from '../../files.js';
import type { Options } from '../../options.js';
import { backupCommand, type Format, type Maker, type State } from '../../repositories.js';
import type { Contender, Scenario } from '../../scenario.js';
import { sizeName } from '../../size.js';
import { atLeastTimesAsFast, atMostTheTime } from '../../targets.js';
import type { Place, Site } from './site.js';

export function firstIncrement(site: Site, format: Format): Scenario {
  const name = `increment-${format}`;
  return {
    name,
    title: `first increment of 10 MB after a full backup, ${format} (repozo -BQ)`,
    prepare: () => bothFrom(site, { scenario: name, format, state: 'full' }),
    targets: [atLeastTimesAsFast('holdfast', 'repozo', 10)],
  };
}

export function nothing(site: Site): Scenario {
  const name = 'nothing';
  return {
    name,
    title: 'nothing to do, after an increment (repozo -BQ)',
    prepare: () => bothFrom(site, { scenario: name, format: 'gzip', state: 'chain' }),
    targets: [atLeastTimesAsFast('holdfast', 'repozo', 1)],
  };
}

export function growth(site: Site, { size, large }: Options): Scenario {
  const scenario = 'increment-growth';
  const [main, larger] = [`holdfast, ${sizeName(size)}`, `holdfast, ${sizeName(large)}`];
  return {
    name: scenario,
    title: 'increment of 10 MB on a small and on a large storage',
    prepare: async () => {
      const kind = { scenario, maker: 'holdfast', format: 'gzip', state: 'full' } as const;
      return [
        await contender(site, await site.main(), { ...kind, name: main }),
        await contender(site, await site.large(), { ...kind, name: larger }),
      ];
    },
    targets: [atMostTheTime(larger, main, 1.2)],
  };
}

interface Situation {
  readonly scenario: string;
  readonly format: Format;
  /** Of the repository, when the command begins. The storage has grown. */
  readonly state: State;
}

async function bothFrom(site: Site, situation: Situation): Promise<readonly Contender[]> {
  const place = await site.main();
  return [
    await contender(site, place, { ...situation, maker: 'holdfast', name: 'holdfast' }),
    await contender(site, place, { ...situation, maker: 'repozo', name: 'repozo' }),
  ];
}

async function contender(
  site: Site,
  { storage, repositories }: Place,
  { scenario, format, state, maker, name }: Situation & { readonly maker: Maker; readonly name: string },
): Promise<Contender> {
  const repository = site.work(scenario, name);
  await repositories.template(maker, format, state);
  await storage.grow();
  return {
    name,
    program: maker === 'holdfast' ? 'holdfast' : 'peer',
    reset: async () => {
      await repositories.copy(maker, format, state, repository);
      await warmDirectory(repository);
      return backupCommand(site.programs, maker, storage.path, repository, format, 'increment');
    },
    // One full backup and one increment, whether the command made it or found it there.
    inspect: () => newestBytes(repository, 2),
  };
}
