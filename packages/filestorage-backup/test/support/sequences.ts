import { randomInt } from 'node:crypto';

/** One sequence: HOLDFAST_SEED=… HOLDFAST_SEQUENCES=1. A soak: HOLDFAST_SEQUENCES=2000. */
export function seeds(name: string, count: number): readonly number[] {
  const first = Number(process.env.HOLDFAST_SEED ?? randomInt(1_000_000_000));
  const wanted = Number(process.env.HOLDFAST_SEQUENCES ?? count);
  process.stderr.write(`${name}: HOLDFAST_SEED=${first}, ${wanted} sequences\n`);
  return Array.from({ length: wanted }, (_, index) => first + index);
}

/** Lets a failure tell how to repeat it, and what had been done. */
export async function explained(
  seed: number,
  trace: readonly string[],
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    const steps = trace.map((step) => `  ${step}`).join('\n');
    const message = `HOLDFAST_SEED=${seed} HOLDFAST_SEQUENCES=1\n${steps}`;
    throw new Error(`${message}\n${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
