import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const packages = readdirSync(`${root}packages`);

/** Tests run on the sources, never on a stale build. */
const alias = packages.map((name) => ({
  find: new RegExp(`^@holdfast/${name}$`),
  replacement: `${root}packages/${name}/src/index.ts`,
}));

/** `packages/toolkit` is the plugin, `apps/toolkit` the server. */
const nameOf = (group: string, name: string) =>
  group === 'apps' && packages.includes(name) ? `${name}-server` : name;

const folders = ['packages', 'apps', 'tools'].flatMap((group) =>
  readdirSync(`${root}${group}`)
    .filter((name) => existsSync(`${root}${group}/${name}/test`))
    .map((name) => ({ name: nameOf(group, name), path: `${group}/${name}` })),
);

export default defineConfig({
  resolve: { alias },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One seed for all that is random in a run: HOLDFAST_SEED=… repeats one.
    env: { HOLDFAST_SEED: process.env.HOLDFAST_SEED ?? String(randomInt(2 ** 31)) },
    setupFiles: [`${root}tools/workspace/property-seed.mjs`],
    reporters: ['default', `${root}tools/workspace/count-reporter.mjs`],
    projects: folders.map(({ name, path }) => ({
      extends: true,
      test: { name, include: [`${path}/test/**/*.test.ts`] },
    })),
  },
});
