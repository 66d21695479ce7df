#!/usr/bin/env node
/**
 * Checks that all manifests agree: name and folder, licence, engines, one `exports` entry, a README, project
 * references that repeat the dependencies, and dependencies that the layers allow.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LAYERS } from './layers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const problems = [];
const json = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

for (const group of ['packages', 'apps']) {
  for (const name of readdirSync(join(root, group))) check(`${group}/${name}`, name, group === 'packages');
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
