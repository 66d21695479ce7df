import { expect, test } from 'vitest';
import { Scene, type SceneName } from './support/run-scenes.js';

test.each<SceneName>(['a first run', 'an increment with a tree', 'an increment with a pool'])(
  '%s, killed at any call: what is offered is whole, and the next run makes a whole set',
  {
    timeout: 120_000,
  },
  async (name) => {
    const scene = await Scene.make(name);
    expect(await scene.sweepCrashes()).toBeGreaterThan(50);
  },
);
