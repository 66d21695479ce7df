#!/usr/bin/env node
/**
 * Installs the Python peers that the tests run against (ZODB, ZEO, zc.lockfile, barman, collective.recipe.backup) into .peers/venv of this
 * checkout, and writes down in .peers/state.json whether they are there. Without Python or a network this is not
 * an error: the peer tests are then skipped with the reason; HOLDFAST_REQUIRE_PEERS=1 makes it one.
 * Plain JavaScript, because it runs before anything is built.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const peers = join(root, '.peers');
const venv = join(peers, 'venv');
const python =
  process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
const stampFile = join(peers, 'installed');
const requirements = readFileSync(join(here, 'requirements.txt'), 'utf8');

const MINUTES = 60_000;
/** What the tests use of the peers. */
const LOADS = 'import ZODB.scripts.repozo, ZEO, zc.lockfile, barman.lockfile, collective.recipe.backup.main';

finish(install());

/** What state.json will say: `{available: true, python, versions}` or `{available: false, reason}`. */
function install() {
  const base = findPython();
  if (base === undefined) return missing('no Python 3.9 or newer on the PATH');
  const stamp = createHash('sha256').update(requirements).update(base.version).digest('hex');
  if (existsSync(python) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp)
    return present();
  rmSync(venv, { recursive: true, force: true });
  rmSync(stampFile, { force: true });
  mkdirSync(peers, { recursive: true });
  const made = run(base.file, ['-m', 'venv', venv], 2 * MINUTES);
  if (made.status !== 0) return missing(`python3 -m venv failed: ${lastLine(made)}`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps'];
  // Without a network this should not take long.
  pip.push('--retries', '2', '--timeout', '30');
  const filled = run(python, [...pip, '-r', join(here, 'requirements.txt')], 10 * MINUTES);
  if (filled.status !== 0) return missing(`pip install failed: ${lastLine(filled)}`);
  const tried = run(python, ['-c', LOADS], MINUTES);
  if (tried.status !== 0) return missing(`the installed peers do not load: ${lastLine(tried)}`);
  writeFileSync(stampFile, stamp);
  return present();
}

function present() {
  const pins = requirements.matchAll(/^([\w.-]+)==(\S+)$/gm);
  const versions = Object.fromEntries([...pins].map(([, name, version]) => [name, version]));
  return { available: true, python: relative(root, python), versions };
}

function missing(reason) {
  return { available: false, reason: reason.replaceAll(root, '.') };
}

/** The first python3 of the PATH that is new enough; a virtual environment's own one counts as well. */
function findPython() {
  for (const name of ['python3', 'python']) {
    const found = run(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], MINUTES);
    const [major, minor] = (found.stdout ?? '').trim().split('.').map(Number);
    if (found.status === 0 && major === 3 && minor >= 9) return { file: name, version: `${major}.${minor}` };
  }
  return undefined;
}

function run(file, args, timeout) {
  // PYTHONPATH and PYTHONHOME of the caller would put foreign modules before the pinned ones.
  const { PYTHONPATH, PYTHONHOME, ...env } = process.env;
  return spawnSync(file, args, { encoding: 'utf8', timeout, cwd: root, env });
}

function lastLine({ stdout, stderr, error }) {
  if (error) return error.message;
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return lines.filter((line) => /error/i.test(line)).pop() ?? lines.pop() ?? 'no reason given';
}

function finish(state) {
  mkdirSync(peers, { recursive: true });
  writeFileSync(join(peers, 'state.json'), `${JSON.stringify(state, undefined, 2)}\n`);
  if (state.available) {
    const { ZODB, ZEO, barman } = state.versions;
    process.stdout.write(`peers: ZODB ${ZODB}, ZEO ${ZEO}, barman ${barman} in .peers/venv\n`);
    return;
  }
  process.stderr.write(`peers: not available, their tests will be skipped: ${state.reason}\n`);
  if (process.env.HOLDFAST_REQUIRE_PEERS === '1') process.exitCode = 1;
}
