/** The grammar of a call (https://xmlrpc.com/spec.md): which element stands where. */
import { SCALARS } from './scalars.js';

/** The children of an element; those of `value` are one of `CONTENTS`. */
const CHILDREN: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  [undefined, ['methodCall']],
  ['methodCall', ['methodName', 'params']],
  ['params', ['param']],
  ['param', ['value']],
  ['array', ['data']],
  ['data', ['value']],
  ['struct', ['member']],
  ['member', ['name', 'value']],
]);

/** Their one child repeats; the children of others come once, in their order. */
const REPEATING: ReadonlySet<string | undefined> = new Set(['params', 'data', 'struct']);

const CONTENTS: ReadonlySet<string> = new Set(['array', 'struct', ...SCALARS.keys()]);

const TEXTS: ReadonlySet<string> = new Set(['methodName', 'name', 'value', ...SCALARS.keys()]);

/** All that there are. */
export const ELEMENTS: ReadonlySet<string> = new Set([...[...CHILDREN.values()].flat(), ...CONTENTS]);

/**
 * @param parent undefined: the document
 * @param before how many children it has already
 */
export function mayHold(parent: string | undefined, before: number, child: string): boolean {
  if (parent === 'value') return before === 0 && CONTENTS.has(child);
  return CHILDREN.get(parent)?.[REPEATING.has(parent) ? 0 : before] === child;
}

/** Others hold blanks at the most. */
export function mayHoldText(name: string): boolean {
  return TEXTS.has(name);
}
