import { rm } from 'node:fs/promises';
import { temporaryDirectory, testSeed } from '@holdfast/test-kit';
import { Scene } from './scene.js';
import { ZodbDriver } from './zodb-driver.js';

/** Steps of one sequence. */
export const STEPS = Number(process.env.HOLDFAST_STEPS ?? 30);
/** Sequences with one driver: what it printed is kept, so that its replies take longer to find in time. */
const DRIVER_LIFE = 10;

/** One sequence again: HOLDFAST_SEED=… HOLDFAST_SEQUENCES=1. A soak: HOLDFAST_SEQUENCES=2000, HOLDFAST_STEPS=80. */
export function sequenceCount(count: number): number {
  return Number(process.env.HOLDFAST_SEQUENCES ?? count);
}

/** Runs random sequences, each in a scene and with a seed of its own; a failure tells the seed and the steps so far. */
export async function runSequences(
  name: string,
  count: number,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const first = testSeed(`${name}, ${count} sequences`);
  const directory = await temporaryDirectory();
  let driver: ZodbDriver | undefined;
  for (let number = 0; number < count; number += 1) {
    if (number % DRIVER_LIFE === 0) {
      await driver?.end();
      driver = new ZodbDriver();
    }
    const scene = await Scene.make(directory, driver!, first + number);
    await explained(scene, () => run(scene));
    await rm(scene.directory, { recursive: true });
  }
}

async function explained({ seed, trace }: Scene, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const steps = trace.map((step) => `  ${step}`).join('\n');
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`HOLDFAST_SEED=${seed} HOLDFAST_SEQUENCES=1\n${steps}\n${message}`, { cause: error });
  }
}
