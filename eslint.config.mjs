/**
 * Biome lints and formats; ESLint is here for what Biome has not: floating promises, and the two rules of the
 * architecture (which package may import which, and that no file is written but through durable-fs).
 */
import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';
import { LAYERS } from './tools/workspace/layers.mjs';

const fsModules = ['fs', 'fs/promises', 'node:fs', 'node:fs/promises'];
const bareFs = {
  paths: fsModules.map((name) => ({ name, message: 'Files are reached through @holdfast/durable-fs.' })),
};

const layers = Object.entries(LAYERS).map(([folder, allowed]) => {
  const forbidden = readdirSync('packages').filter((name) => !allowed.includes(name));
  const restricted = forbidden.map((name) => ({
    name: `@holdfast/${name}`,
    message: `${folder} lies on a layer that may not import ${name} (tools/workspace/layers.mjs).`,
  }));
  // durable-fs is the seam itself; test-kit, private and for tests, makes and removes temporary directories.
  const seam = folder === 'packages/durable-fs' || folder === 'packages/test-kit';
  return {
    files: [`${folder}/src/**/*.{ts,tsx}`],
    rules: { 'no-restricted-imports': ['error', { paths: [...restricted, ...(seam ? [] : bareFs.paths)] }] },
  };
});

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.peers/**', '**/fixtures/**', '**/*.mjs', '**/bin/*.js'] },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      // Without the await, an `await using` lock is released before the work under it has begun.
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
    },
  },
  ...layers,
);
