import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { BIN, holdfast, makeSite } from './support/cli.js';

const LOAD = join(BIN, '../load.js');

/** Runs the command and gives the modules of Node's that it loaded. */
async function modulesOf(args: readonly string[], cwd: string): Promise<readonly string[]> {
  const directory = await temporaryDirectory();
  const [hook, list] = [join(directory, 'hook.cjs'), join(directory, 'modules.json')];
  const write = `require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList))`;
  await writeFile(hook, `process.on('exit', () => ${write});`);
  const { status, stderr } = await holdfast(args, { cwd, command: [process.execPath, '-r', hook, BIN] });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const loaded = JSON.parse(await readFile(list, 'utf8')) as readonly string[];
  return loaded.filter((name) => name.startsWith('NativeModule ')).map((name) => name.slice(13));
}

/** What costs milliseconds and is seldom needed. */
const HEAVY = [
  'child_process',
  'crypto',
  'zlib',
  'readline',
  'perf_hooks',
  'internal/modules/esm/translators',
];

describe('a start loads only what it needs', () => {
  test('help', async () => {
    const loaded = await modulesOf(['--help'], '/');
    expect([...HEAVY, 'fs/promises', 'os'].filter((name) => loaded.includes(name))).toEqual([]);
  });

  test('a backup with nothing to do', async () => {
    const site = await makeSite();
    await site.run('backup');
    const loaded = await modulesOf(['backup'], site.path);
    expect(HEAVY.filter((name) => loaded.includes(name))).toEqual(['crypto']);
  });
});

test('the compiled code of the build is what this Node takes', async () => {
  const script = `
    const { readFileSync } = require('node:fs');
    const { bundle, cachePath, compile } = require(${JSON.stringify(LOAD)});
    const source = readFileSync(bundle, 'latin1');
    const { script } = compile(source, readFileSync(cachePath(source)));
    process.stdout.write(String(script.cachedDataRejected));
  `;
  const { stdout, stderr } = await holdfast(['-e', script], { command: [process.execPath] });
  expect({ stdout, stderr }).toEqual({ stdout: 'false', stderr: '' });
});
