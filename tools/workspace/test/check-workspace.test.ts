import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../check-workspace.mjs', import.meta.url));

interface Sample {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly source?: string;
  readonly test?: string;
}

/** What is said of a workspace of one package, `durable-fs`. */
async function said({ dependencies = {}, source = '', test = '' }: Sample): Promise<readonly string[]> {
  const root = await temporaryDirectory();
  const names = Object.keys(dependencies).filter((name) => name.startsWith('@holdfast/'));
  const manifest = {
    name: '@holdfast/durable-fs',
    license: 'MIT',
    engines: { node: '>=20.19' },
    exports: { '.': './dist/index.js' },
    dependencies,
  };
  const references = names.map((name) => ({ path: `../${name.slice('@holdfast/'.length)}` }));
  const files = {
    'package.json': JSON.stringify(manifest),
    'tsconfig.json': JSON.stringify({ references }),
    'README.md': '',
    'src/deep/source.ts': source,
    'test/source.test.ts': test,
  };
  for (const name of ['apps', 'tools']) mkdirSync(join(root, name));
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, 'packages/durable-fs', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const { status, stderr } = spawnSync(process.execPath, [program, root], { encoding: 'utf8' });
  const lines = stderr.split('\n').filter((line) => line !== '');
  expect(status).toBe(lines.length === 0 ? 0 : 1);
  return lines;
}

const dependencies = { '@holdfast/errors': 'workspace:*', '@fastify/helmet': '1.0.0', sax: '1.6.1' };

test('a package that imports what it depends on, in whatever way, is in order', async () => {
  const source = `
    import { HoldfastError } from '@holdfast/errors';
    import type { Parser } from "sax/lib/sax.js";
    const helmet = await import('@fastify/helmet');
    export { readFile } from 'node:fs/promises';`;
  expect(await said({ dependencies, source })).toEqual([]);
});

test('dependencies that no source imports are named, also those that a test imports', async () => {
  const imports = Object.keys(dependencies).map((name) => `import '${name}';`);
  expect(await said({ dependencies, source: imports[0]!, test: imports.join('\n') })).toEqual([
    'packages/durable-fs: depends on @fastify/helmet, which none of its sources imports',
    'packages/durable-fs: depends on sax, which none of its sources imports',
  ]);
});

test('an import of another package of the workspace that is no dependency is named', async () => {
  expect(await said({ source: "export * from '@holdfast/errors';" })).toEqual([
    'packages/durable-fs: imports @holdfast/errors without depending on it',
  ]);
});
