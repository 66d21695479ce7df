import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

/** Three levels up from src and from dist alike. */
const root = fileURLToPath(new URL('../../../', import.meta.url));

export type PeersState =
  | {
      readonly available: true;
      /** Absolute path of the interpreter of `.peers/venv`. */
      readonly python: string;
      /** Installed version by package name. */
      readonly versions: Readonly<Record<string, string>>;
    }
  | { readonly available: false; readonly reason: string };

/** Whether the Python peers are installed (`npm run peers`), and else why not. */
export function peersState(checkout = root): PeersState {
  const file = join(checkout, '.peers', 'state.json');
  if (!existsSync(file)) return { available: false, reason: 'not installed: run `npm run peers`' };
  const state = JSON.parse(readFileSync(file, 'utf8')) as PeersState;
  if (!state.available) return state;
  const python = join(checkout, state.python);
  if (!existsSync(python))
    return { available: false, reason: `${state.python} is gone: run \`npm run peers\`` };
  return { ...state, python };
}

/**
 * A `describe` whose tests need the Python peers. Without them the tests are skipped and the reason is printed;
 * with HOLDFAST_REQUIRE_PEERS=1 one failing test stands in their place.
 */
export function describePeers(name: string, fn: () => void): void {
  const state = peersState();
  if (state.available) {
    describe(name, fn);
  } else if (process.env.HOLDFAST_REQUIRE_PEERS === '1') {
    describe(name, () => {
      test('the Python peers are installed', () => {
        throw new Error(`Python peers are required, but ${state.reason}`);
      });
    });
  } else {
    process.stderr.write(`skipped: ${name}: no Python peers: ${state.reason}\n`);
    describe.skip(`${name} [no Python peers: ${state.reason}]`, fn);
  }
}
