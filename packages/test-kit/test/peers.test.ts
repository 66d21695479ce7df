import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { peersState, temporaryDirectory } from '../src/index.js';

async function checkout(state: object): Promise<string> {
  const directory = await temporaryDirectory();
  mkdirSync(join(directory, '.peers'));
  writeFileSync(join(directory, '.peers', 'state.json'), JSON.stringify(state));
  return directory;
}

test('peers that were never installed are absent, and it says how to install them', async () => {
  const reason = expect.stringContaining('npm run peers');
  expect(peersState(await temporaryDirectory())).toEqual({ available: false, reason });
});

test('peers that could not be installed are absent for the reason that the installer wrote down', async () => {
  const state = { available: false, reason: 'no Python 3.9 or newer on the PATH' };
  expect(peersState(await checkout(state))).toEqual(state);
});

test('peers whose interpreter is gone are absent', async () => {
  const directory = await checkout({ available: true, python: '.peers/venv/bin/python', versions: {} });
  expect(peersState(directory)).toMatchObject({ available: false });
});

test('installed peers have an interpreter with an absolute path', async () => {
  const directory = await checkout({ available: true, python: 'python', versions: { ZODB: '6.3' } });
  writeFileSync(join(directory, 'python'), '');
  expect(peersState(directory)).toEqual({
    available: true,
    python: join(directory, 'python'),
    versions: { ZODB: '6.3' },
  });
});
