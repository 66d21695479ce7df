/** Set-up of every test file: its properties draw from the seed of the run, which vitest.config.ts puts into the environment. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.HOLDFAST_SEED) });
