import fc from 'fast-check';

/** So that a failure seen elsewhere can be repeated: HOLDFAST_SEED=… */
const seed = Number(process.env.HOLDFAST_SEED ?? Date.now() % 0x7fffffff);

/** The seed of this run, printed under a name. */
export function propertySeed(name: string): number {
  process.stderr.write(`${name}: HOLDFAST_SEED=${seed}\n`);
  return seed;
}

/** Checks a property with a seed that is printed. */
export async function checkProperty<T>(
  name: string,
  property: fc.IAsyncProperty<T>,
  parameters: Pick<fc.Parameters<T>, 'numRuns'> = {},
): Promise<void> {
  await fc.assert(property, { seed: propertySeed(name), ...parameters });
}
