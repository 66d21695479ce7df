#!/usr/bin/env node
/**
 * Checks that all manifests agree: name and folder, licence, engines, one `exports` entry, a README, project
 * references that repeat the dependencies, dependencies that the layers allow, and no others than the sources use.
 *
 *   node check-workspace.mjs [DIRECTORY]   another workspace than this one: for the test
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LAYERS } from './layers.mjs';

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const problems = [];
/** `from 'NAME'`, `import('NAME/file.js')` and their like; NAME is `name` or `@scope/name`. */
const IMPORT = /\b(?:from|import|require)\s*\(?\s*['"]((?:@[\w-]+\/)?[\w.-]+)(?:\/[^'"]*)?['"]/g;
const json = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

for (const group of ['packages', 'apps']) {
  for (const name of readdirSync(join(root, group))) check(`${group}/${name}`, name, group === 'packages');
}
for (const group of ['packages', 'apps', 'tools']) {
  for (const name of readdirSync(join(root, group))) checkImports(`${group}/${name}`);
}
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}

function check(folder, name, library) {
  const manifest = json(`${folder}/package.json`);
  const say = (text) => problems.push(`${folder}: ${text}`);
  if (library && manifest.name !== `@holdfast/${name}`)
    say(`is named ${manifest.name}, not @holdfast/${name}`);
  if (manifest.license !== 'MIT') say('its licence is not MIT');
  if (manifest.engines?.node !== '>=20.19') say('engines.node is not >=20.19');
  if (library && Object.keys(manifest.exports ?? {}).join() !== '.') say('has not exactly one exports entry');
  if (!existsSync(join(root, folder, 'README.md'))) say('has no README.md');
  const own = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((key) =>
    key.startsWith('@holdfast/'),
  );
  const wanted = own.map((key) => key.slice('@holdfast/'.length)).sort();
  const references = (json(`${folder}/tsconfig.json`).references ?? [])
    .map(({ path }) => path.split('/').pop())
    .sort();
  if (wanted.join() !== references.join())
    say(`references [${references}] do not repeat the dependencies [${wanted}]`);
  const allowed = LAYERS[folder];
  if (allowed === undefined) say('has no line in tools/workspace/layers.mjs');
  const runtime = Object.keys(manifest.dependencies ?? {}).filter((key) => key.startsWith('@holdfast/'));
  for (const key of runtime) {
    if (allowed && !allowed.includes(key.slice('@holdfast/'.length))) say(`may not depend on ${key}`);
  }
}

/** Of what is shipped: knip is told to pass over the packages of this workspace, and takes a use by a test for one. */
function checkImports(folder) {
  if (!existsSync(join(root, folder, 'package.json'))) return;
  const { dependencies: runtime = {} } = json(`${folder}/package.json`);
  const imported = importedBy(folder);
  for (const name of Object.keys(runtime)) {
    if (!imported.has(name))
      problems.push(`${folder}: depends on ${name}, which none of its sources imports`);
  }
  for (const name of imported) {
    if (name.startsWith('@holdfast/') && !Object.hasOwn(runtime, name))
      problems.push(`${folder}: imports ${name} without depending on it`);
  }
}

function importedBy(folder) {
  const at = join(root, folder);
  const below = ['src', 'bin'].filter((name) => existsSync(join(at, name)));
  const files = below.flatMap((name) =>
    readdirSync(join(at, name), { recursive: true }).map((path) => join(name, path)),
  );
  const sources = [...files, ...readdirSync(at)].filter((path) => /\.([jt]sx?|mjs)$/.test(path));
  const names = sources.flatMap((path) => namesIn(readFileSync(join(at, path), 'utf8')));
  return new Set(names);
}

/** The packages that a source imports. */
function namesIn(text) {
  return Array.from(text.matchAll(IMPORT), ([, name]) => name);
}
