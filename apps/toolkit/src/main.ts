import { setFlagsFromString } from 'node:v8';
import { runProgram } from './program.js';

/**
 * Memory before speed: else V8 lets the garbage of hostile requests grow by 70 MB before it looks at it
 * (docs/decisions/0060-xml-rpc-reader.md).
 */
const V8_FLAGS = ['--optimize-for-size', '--semi-space-growth-factor=1'];

/** @returns the exit status */
export async function main(argv: readonly string[]): Promise<number> {
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  process.umask(0o077);
  return await runProgram(argv);
}
