/**
 * Bundles the command so that it starts fast (docs/decisions/0020-starting-fast.md): one CommonJS file, because Node's
 * loader of ES modules costs 10 ms; Node's own modules loaded at their first use, because child_process, crypto,
 * zlib and their like cost 1 to 5 ms each; and V8's compiled code beside it, for the Node that built it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const dist = fileURLToPath(new URL('dist/', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

const { outputFiles } = await build({
  entryPoints: ['src/main.ts'],
  outfile: `${dist}holdfast.cjs`,
  write: false,
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Native code: it is looked for when it is needed, and may be missing.
  external: ['koffi'],
  define: { HOLDFAST_VERSION: JSON.stringify(version), 'import.meta.url': '__bundleUrl' },
  banner: { js: "const __bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [{ name: 'lazy-node-modules', setup: lazyNodeModules }],
  sourcemap: 'linked',
  logLevel: 'warning',
});

for (const name of readdirSync(dist)) {
  if (name.startsWith('holdfast.')) rmSync(dist + name);
}
for (const { path, text } of outputFiles) writeFileSync(path, path.endsWith('.cjs') ? marked(text) : text);
writeCodeCache();

/** Loaded by Node at its start anyway: nothing is gained by waiting. */
function lazyNodeModules({ onResolve, onLoad }) {
  const eager = ['node:fs', 'node:module', 'node:path', 'node:process'];
  onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
    eager.includes(path) || namespace === 'lazy' ? { path, external: true } : { path, namespace: 'lazy' },
  );
  onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
    const getters = Object.keys(require(path)).map((name) => `get ${name}() { return load().${name}; }`);
    return {
      contents: `let it; const load = () => (it ??= require('${path}'));\nmodule.exports = { ${getters.join(', ')} };`,
    };
  });
}

/** The last line says which code this is: V8 itself tells a cache of other code of the same length not apart. */
function marked(text) {
  return `${text}//${createHash('sha256').update(text).digest('hex')}\n`;
}

/** Only a gain: without it, or with another Node, the command is compiled at each start. */
function writeCodeCache() {
  const script = fileURLToPath(new URL('code-cache.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) process.stderr.write(`holdfast: no code cache was made:\n${stderr}`);
}
