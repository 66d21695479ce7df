import { describePeers } from '@holdfast/test-kit';
import { test } from 'vitest';
import { BothPrograms } from './support/both-programs.js';
import { HoldfastAlone } from './support/holdfast-alone.js';
import type { Scene } from './support/scene.js';
import { runSequences, STEPS, sequenceCount } from './support/sequences.js';

const modes = [
  {
    name: 'in turns',
    situation: 'Holdfast and repozo work in turns',
    count: sequenceCount(20),
    run: (scene: Scene) => new BothPrograms(scene).run(STEPS),
  },
  {
    name: 'alone',
    situation: 'Holdfast is alone with a bad clock and a source that is changed behind its back',
    count: sequenceCount(24),
    run: (scene: Scene) => new HoldfastAlone(scene).run(STEPS),
  },
];

describePeers('any sequence of changes, backups and restores agrees with the model when', () => {
  for (const { name, situation, count, run } of modes) {
    const timeout = 60_000 + count * STEPS * 1000;
    test(situation, { timeout }, () => runSequences(name, count, run));
  }
});
