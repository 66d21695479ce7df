import { rm } from 'node:fs/promises';
import { describePeers, temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, test } from 'vitest';
import { BothPrograms } from './support/both-programs.js';
import { HoldfastAlone } from './support/holdfast-alone.js';
import { Scene } from './support/scene.js';
import { explained, seeds } from './support/sequences.js';
import { ZodbDriver } from './support/zodb-driver.js';

const STEPS = Number(process.env.HOLDFAST_STEPS ?? 30);
const LONG = 24 * 3600_000;

describePeers('any sequence of changes, backups and restores agrees with the model', () => {
  let directory: string;
  let driver: ZodbDriver;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    driver = new ZodbDriver();
  });

  test('when Holdfast and repozo work in turns', { timeout: LONG }, async () => {
    for (const seed of seeds('in turns', 30)) {
      const scene = await Scene.make(directory, driver, seed);
      await explained(seed, scene.trace, () => new BothPrograms(scene).run(STEPS));
      await rm(scene.directory, { recursive: true });
    }
  });

  test('when Holdfast is alone with a bad clock and a source that is changed behind its back', {
    timeout: LONG,
  }, async () => {
    for (const seed of seeds('alone', 40)) {
      const scene = await Scene.make(directory, driver, seed);
      await explained(seed, scene.trace, () => new HoldfastAlone(scene).run(STEPS));
      await rm(scene.directory, { recursive: true });
    }
  });
});
