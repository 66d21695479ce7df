/**
 * The seed of this test run, for randomness that is not fast-check's (that has it already): HOLDFAST_SEED of the
 * environment, drawn by vitest.config.ts where it is not given. Printed under `name`, so that what failed can be repeated.
 */
export function testSeed(name: string): number {
  const seed = process.env.HOLDFAST_SEED;
  if (seed === undefined || !/^\d+$/.test(seed)) throw new Error(`HOLDFAST_SEED is no whole number: ${seed}`);
  process.stderr.write(`${name}: HOLDFAST_SEED=${seed}\n`);
  return Number(seed);
}
