import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { namesIn } from '../src/config/schema.js';

const text = readFileSync(
  fileURLToPath(new URL('../../../docs/toolkit/configuration.md', import.meta.url)),
  'utf8',
);

/** First cells of the tables under a heading. */
function keysUnder(heading: string): readonly string[] {
  const from = text.indexOf(`\n${heading}\n`);
  expect(from, heading).toBeGreaterThan(0);
  const section = text.slice(from + heading.length).split(/\n#{2,3} /)[0]!;
  return [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, key]) => key!);
}

describe('docs/toolkit/configuration.md has every key', () => {
  test.each([
    ['## The server', [], ['tls', 'thresholds', 'storages']],
    ['### `[tls]`', ['tls'], []],
    ['### `[thresholds]`', ['thresholds'], []],
    ['## `[storages.NAME]`', ['storages', 'main'], []],
  ])('%s', (heading, path, tables) => {
    expect([...keysUnder(heading), ...tables].sort()).toEqual([...namesIn(path)].sort());
  });
});
