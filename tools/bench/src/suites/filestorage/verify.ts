import { warmDirectory } from '../../files.js';
import type { Scenario } from '../../scenario.js';
import { atLeastTimesAsFast } from '../../targets.js';
import type { Site } from './site.js';

const STORED = 'holdfast verify';
const DEEP = 'holdfast verify --deep';
const REPOZO = 'repozo -V';

export function verify(site: Site): Scenario {
  return {
    name: 'verify',
    title: 'verify a full backup and an increment, gzipped',
    prepare: async () => {
      const { repositories } = await site.main();
      const [holdfast, repozo] = [
        await repositories.template('holdfast', 'gzip', 'chain'),
        await repositories.template('repozo', 'gzip', 'chain'),
      ];
      await warmDirectory(holdfast);
      await warmDirectory(repozo);
      const { programs } = site;
      const place = ['--repository', holdfast];
      return [
        { name: STORED, program: 'holdfast', reset: async () => programs.holdfast('verify', ...place) },
        {
          name: DEEP,
          program: 'holdfast',
          reset: async () => programs.holdfast('verify', '--deep', ...place),
        },
        { name: REPOZO, program: 'peer', reset: async () => programs.repozo('-V', '-r', repozo) },
      ];
    },
    targets: [atLeastTimesAsFast(STORED, REPOZO, 10), atLeastTimesAsFast(DEEP, REPOZO, 2)],
  };
}
