import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** A `describe` whose tests run a program of the machine: skipped without it, unless HOLDFAST_REQUIRE_PEERS=1. */
export function describeProgram(program: string, fn: () => void): void {
  const places = (process.env.PATH ?? '').split(delimiter);
  const found = places.some((place) => existsSync(join(place, program)));
  if (found || process.env.HOLDFAST_REQUIRE_PEERS === '1') describe(program, fn);
  else describe.skip(`${program} [not installed]`, fn);
}
