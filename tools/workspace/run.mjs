#!/usr/bin/env node
/**
 * The one entry of the root's npm scripts. It needs Node and npm only: pnpm of the pinned version is taken
 * from the PATH, or else through npx. Plain JavaScript, because it runs before anything is installed.
 *
 *   setup   install, build
 *   test    setup, Python peers, lint, type-check, all tests
 *   demo    setup, then the tour of tools/demo
 *   bench   setup, peers, then tools/bench (arguments are passed on)
 *   lint    setup, lint and type-check
 *   peers   the Python peers alone
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const windows = process.platform === 'win32';

checkNode();
const [task = 'setup', ...rest] = process.argv.slice(2);
const tasks = {
  setup: () => setup(),
  lint: () => {
    setup();
    lint();
  },
  peers: () => peers(),
  test: () => {
    setup();
    peers();
    lint();
    run(node(), [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...rest]);
  },
  demo: () => {
    setup({ quiet: true });
    run(node(), [join(root, 'tools/demo/dist/main.js'), ...rest]);
  },
  bench: () => {
    setup({ quiet: true });
    peers();
    run(node(), [join(root, 'tools/bench/dist/main.js'), ...rest]);
  },
};
if (!Object.hasOwn(tasks, task)) fail(`unknown task '${task}'; one of: ${Object.keys(tasks).join(', ')}`);
tasks[task]();

function setup({ quiet = false } = {}) {
  const pnpm = findPnpm();
  step('install', quiet);
  run(
    pnpm[0],
    [...pnpm.slice(1), 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'],
    { quiet },
  );
  step('build', quiet);
  turbo(['build'], quiet);
}

function lint() {
  step('lint and type-check');
  run(bin('biome'), ['check', '--error-on-warnings', '.']);
  run(bin('tsc'), ['-p', 'tsconfig.check.json', '--noEmit']);
  run(bin('eslint'), ['.', '--max-warnings=0']);
  run(bin('knip'), []);
  run(node(), [join(root, 'tools/workspace/check-workspace.mjs')]);
  turbo(['lint']);
}

function peers() {
  step('Python peers');
  run(node(), [join(root, 'tools/peers/install.mjs')]);
}

function turbo(names, quiet = false) {
  run(bin('turbo'), ['run', ...names, '--output-logs=errors-only', '--log-order=grouped'], {
    quiet,
    env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  });
}

/** The pinned pnpm: from the PATH when it is that version, else through npx. */
function findPnpm() {
  const pinned = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.split('@')[1];
  const found = spawnSync('pnpm', ['--version'], { encoding: 'utf8', shell: windows, cwd: root });
  if (found.status === 0 && found.stdout.trim() === pinned) return ['pnpm'];
  return [windows ? 'npx.cmd' : 'npx', '--yes', `pnpm@${pinned}`];
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node ${process.versions.node} is too old: 20.19 or newer is needed`);
}

/** Runs one program to its end; a failure ends this script with the same status. Quiet output is shown only on failure. */
function run(file, args, { quiet = false, env = {} } = {}) {
  const result = spawnSync(file, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    maxBuffer: 64 << 20,
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules/.bin')}${windows ? ';' : ':'}${process.env.PATH}`,
      ...env,
    },
    shell: windows,
  });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  fail(
    `'${[file, ...args].join(' ').replaceAll(root, '.')}' failed${result.error ? `: ${result.error.message}` : ''}`,
    result.status ?? 1,
  );
}

function bin(name) {
  return join(root, 'node_modules/.bin', windows ? `${name}.cmd` : name);
}

function node() {
  return process.execPath;
}

function step(name, quiet = false) {
  if (!quiet) process.stdout.write(`\n== ${name}\n`);
}

function fail(message, status = 1) {
  process.stderr.write(`holdfast-workspace: ${message}\n`);
  process.exit(status);
}
