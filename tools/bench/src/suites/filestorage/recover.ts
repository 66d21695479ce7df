import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyDirectory, expectSameBytes, warmDirectory } from '../../files.js';
import type { Command } from '../../measured-process.js';
import type { Format, Maker } from '../../repositories.js';
import type { Contender, Scenario } from '../../scenario.js';
import { atLeastTimesAsFast } from '../../targets.js';
import type { Place, Site } from './site.js';

/** Holdfast checks what it restores and fsyncs it; repozo's plain `-R` does neither. */
export function recover(site: Site, format: Format, times: number): Scenario {
  const name = `recover-${format}`;
  return {
    name,
    title: `recover a full backup and an increment, ${format}`,
    prepare: async () => {
      const { programs } = site;
      const place = await site.main();
      const holdfast = await warmTemplate(place, 'holdfast', format);
      const repozo = await warmTemplate(place, 'repozo', format);
      await place.storage.grow();
      const restore = (output: string, ...flags: readonly string[]) =>
        programs.holdfast('restore', '--repository', holdfast, '--no-prompt', '--output', output, ...flags);
      const restorer = (contender: string, program: Contender['program'], command: Recovery): Contender => ({
        name: contender,
        program,
        ...recovery(place, site.work(name, contender), command),
      });
      return [
        restorer('holdfast', 'holdfast', (output) => restore(output)),
        restorer('holdfast --no-verify', 'holdfast', (output) => restore(output, '--no-verify')),
        restorer('repozo', 'peer', (output) => programs.repozo('-R', '-r', repozo, '-o', output)),
      ];
    },
    targets: [atLeastTimesAsFast('holdfast', 'repozo', times)],
  };
}

/** The command that recovers to a path where nothing is. */
type Recovery = (output: string) => Command;

/** Into an empty directory; what came out must be the storage. */
function recovery({ storage }: Place, directory: string, command: Recovery) {
  const output = join(directory, 'Data.fs');
  return {
    reset: async () => {
      await emptyDirectory(directory);
      return command(output);
    },
    inspect: async () => {
      await expectSameBytes(output, storage.path);
      return (await stat(output)).size;
    },
  };
}

async function warmTemplate({ repositories }: Place, maker: Maker, format: Format): Promise<string> {
  const path = await repositories.template(maker, format, 'chain');
  await warmDirectory(path);
  return path;
}
