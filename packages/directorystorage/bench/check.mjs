#!/usr/bin/env node
/**
 * How long `holdfast ds check` takes: `node packages/directorystorage/bench/check.mjs [OBJECTS] [FORMAT] [--python DIR]`
 * builds a storage of so many objects (default 100000, chunky) in a temporary directory, checks it, and prints the time for each object
 * file and the memory. With `--python`, a checkout of DirectoryStorage, the same storage is checked by its checkds, too,
 * with the few lines mended that keep it from running on Python 3. Run it after a build.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkStorage, pathOf } from '@holdfast/directorystorage';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { tidToHex, timeToTid } from '@holdfast/filestorage';
import { encodeObjectFile } from '../dist/object-file.js';
import { encodeTransactionFile } from '../dist/transaction-file.js';

const [objectsText = '100000', format = 'chunky'] = process.argv
  .slice(2)
  .filter((word) => !word.startsWith('--'));
const objects = Number(objectsText);
const python = process.argv.indexOf('--python') + 1;
const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-ds-'));
const PER_TRANSACTION = 50;

const oidOf = (number) => number.toString(16).toUpperCase().padStart(16, '0');
const tidOf = (number) => tidToHex(timeToTid(Date.UTC(2025, 0, 1) + number * 1000)).toUpperCase();

/** Persistent mappings in a tree: each refers to eight others; some 300 bytes of text each. */
function record(number) {
  const head = Buffer.from(
    '\x80\x03cpersistent.mapping\nPersistentMapping\nq\x00.\x80\x03}q\x01X\x04\x00\x00\x00dataq\x02}q\x03(',
    'latin1',
  );
  const parts = [head];
  for (let child = 8 * number + 1; child <= 8 * number + 8 && child < objects; child++) {
    parts.push(Buffer.from(`X\x08\x00\x00\x00key${String(child % 100000).padStart(5, '0')}(C\x08`, 'latin1'));
    parts.push(
      Buffer.from(oidOf(child), 'hex'),
      Buffer.from('cpersistent.mapping\nPersistentMapping\ntQ', 'latin1'),
    );
  }
  parts.push(Buffer.from(`X\x04\x00\x00\x00textX\x2c\x01\x00\x00${'lorem ipsum '.repeat(25)}us.`, 'latin1'));
  return Buffer.concat(parts);
}

const made = new Set();
function write(name, bytes) {
  const path = join(directory, 'A', pathOf(format, name));
  const parent = dirname(path);
  if (!made.has(parent)) {
    mkdirSync(parent, { recursive: true });
    made.add(parent);
  }
  writeFileSync(path, bytes);
}

function build() {
  for (const name of ['A', 'B', 'journal', 'misc', 'config']) mkdirSync(join(directory, name));
  writeFileSync(
    join(directory, 'config/settings'),
    `[structure]\nformat: ${format}\nversion: 0.11\n[storage]\nclassname: Full\n[filesystem]\nsync: 0\nquick_shutdown: 0\n[posix]\nmark: permissions\ndirsync: 0\n[journal]\nflush_interval: 3600\nflush_file_threshold: 2000\nflush_transaction_threshold: 200\nbacklog: 3\n`,
  );
  writeFileSync(join(directory, 'config/identity'), '0'.repeat(32));
  writeFileSync(join(directory, 'misc/snapshot'), 'shutdown');
  let previous = oidOf(0);
  for (let first = 0; first < objects; first += PER_TRANSACTION) {
    const tid = tidOf(first / PER_TRANSACTION);
    const oids = [];
    for (let number = first; number < Math.min(objects, first + PER_TRANSACTION); number++) {
      const oid = oidOf(number);
      oids.push(oid);
      write(`o${oid}.${tid}`, encodeObjectFile({ oid, tid, previous: oidOf(0), data: record(number) }));
      write(`o${oid}.c`, Buffer.from(tid, 'hex'));
    }
    write(`t${tid.slice(0, 6)}.${tid.slice(6)}`, encodeTransactionFile({ tid, previous, oids }));
    previous = tid;
  }
  write('x.oid', Buffer.from(oidOf(objects - 1), 'hex'));
  write('x.serial', Buffer.from(previous, 'hex'));
  write('x.packed', Buffer.alloc(8));
}

async function check(threads) {
  const started = systemClock.monotonic();
  const cpu = process.cpuUsage();
  const before = process.memoryUsage().rss;
  const report = await checkStorage(
    { fs: nodeFileSystem, clock: systemClock, readAhead: { threads, after: 2000 } },
    directory,
  );
  const ms = systemClock.monotonic() - started;
  if (!report.sound || report.statistics.objects !== objects) throw new Error(JSON.stringify(report.counts));
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpu: (user + system) / 1000, rss: process.memoryUsage().rss - before };
}

/** Two files an object: the current file and the revision. */
const perFile = (ms) => `${((1000 * ms) / objects).toFixed(1)} µs an object`;

try {
  build();
  made.clear();
  for (let round = 1; round <= 2; round++) {
    for (const threads of [0, 1, 3]) {
      const { ms, cpu, rss } = await check(threads);
      console.log(
        `holdfast  ${objects} objects, ${format}, ${threads} more threads: ${(ms / 1000).toFixed(2)} s (${(cpu / 1000).toFixed(2)} s of processors), ${perFile(ms)}, memory +${(rss / 1e6).toFixed(0)} MB`,
      );
    }
  }
  if (python > 0) {
    const driver = fileURLToPath(new URL('python_checkds.py', import.meta.url));
    const interpreter = fileURLToPath(new URL('../../../.peers/venv/bin/python', import.meta.url));
    const { stdout, stderr, status } = spawnSync(interpreter, [driver, process.argv[python], directory], {
      encoding: 'utf8',
    });
    if (status !== 0) console.log(`python did not run: ${stderr.slice(-600)}`);
    else
      console.log(
        `python    ${objects} objects, ${format}: ${Number(stdout).toFixed(2)} s, ${perFile(1000 * Number(stdout))}`,
      );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
