'use strict';

/**
 * Starts the bundled command (build.mjs). With the code that V8 compiled when it was built it starts some 15 ms
 * sooner; without it, or on another Node, Node's own compile cache takes its place where there is one.
 */
const { readFileSync } = require('node:fs');
const nodeModule = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

const dist = join(__dirname, '..', 'dist');
const bundle = join(dist, 'holdfast.cjs');

/** The cache for this very code and this very Node. */
function cachePath(source) {
  const code = source.slice(-65, -1);
  return join(dist, `holdfast.${code.slice(0, 16)}.${process.version}-${process.arch}.cache`);
}

/** @param cachedData what `script.createCachedData()` gave for this source */
function compile(source, cachedData) {
  const script = new Script(nodeModule.wrap(source), { filename: bundle, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, bundle, dist);
  return { script, main: module.exports.main };
}

function load() {
  const source = readFileSync(bundle, 'latin1');
  const cached = readIfThere(cachePath(source));
  if (cached !== undefined) return compile(source, cached).main;
  nodeModule.enableCompileCache?.(join(dist, 'compile-cache'));
  return require(bundle).main;
}

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Until the command has said how it ended it has failed: an event loop that runs dry must never look like success. */
function start(argv) {
  process.exitCode = 1;
  load()(argv).then((status) => {
    process.exitCode = status;
  });
}

module.exports = { bundle, cachePath, compile, start };
