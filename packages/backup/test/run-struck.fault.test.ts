import { expect, test } from 'vitest';
import { Scene, type SceneName } from './support/run-scenes.js';

test.each<[SceneName, string]>([
  ['a first run', 'ENOSPC'],
  ['an increment with a tree', 'EIO'],
  ['an increment with a pool', 'ENOSPC'],
])(
  '%s, struck by %s at any call: nothing half is offered, and the next run makes a whole set',
  {
    timeout: 120_000,
  },
  async (name, fault) => {
    const scene = await Scene.make(name);
    expect(await scene.sweepFaults(fault)).toBeGreaterThan(25);
  },
);
