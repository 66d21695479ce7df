import { constants } from 'node:os';
import { fsError } from '@holdfast/durable-fs';
import { type Call, callLine, isMutating, type Method } from './call.js';
import { SimulatedCrash } from './simulated-crash.js';

/** Which of the calls that match a rule it strikes. */
export interface Which {
  /** The first call struck, counted from 1 since the rule was made. Default 1. */
  readonly nth?: number;
  /** How many calls in a row are struck. Default 1; Infinity is "from then on". */
  readonly times?: number;
  /** Only calls whose path (either one, of `rename` and `link`) matches. */
  readonly path?: RegExp;
}

/** Does the call; `limit` makes a read or a write shorter. */
type Perform = (limit?: number) => Promise<unknown>;
type Around = (call: Call, next: Perform) => Promise<unknown>;

interface Rule {
  readonly matches: (call: Call) => boolean;
  readonly first: number;
  readonly last: number;
  seen: number;
  readonly around: Around;
}

/** The faults that are to happen, and the log of all calls. */
export class FaultPlan {
  readonly calls: Call[] = [];
  private rules: Rule[] = [];
  private crash: SimulatedCrash | undefined;

  /** @param onCrash runs once, when the crash happens: closes what the dead process had open */
  constructor(private readonly onCrash: () => Promise<void>) {}

  get crashed(): boolean {
    return this.crash !== undefined;
  }

  add(matches: (call: Call) => boolean, which: Which, around: Around): void {
    const { nth = 1, times = 1, path } = which;
    const onPath = (call: Call) =>
      path === undefined || path.test(call.path) || (call.from !== undefined && path.test(call.from));
    const rule = {
      matches: (call: Call) => matches(call) && onPath(call),
      first: nth,
      last: nth + times - 1,
    };
    this.rules.push({ ...rule, seen: 0, around });
  }

  clear(): void {
    this.rules = [];
  }

  async crashNow(where: string): Promise<SimulatedCrash> {
    if (this.crash === undefined) {
      this.crash = new SimulatedCrash(where);
      await this.onCrash();
    }
    return this.crash;
  }

  /** Does a call, or what the rules make of it. The rule made first is the outermost. */
  async run<T>(call: Call, perform: (limit?: number) => Promise<T>): Promise<T> {
    if (this.crash !== undefined) throw this.crash;
    this.calls.push(call);
    const struck = this.rules.filter((rule) => strikes(rule, call));
    const chain = struck.reduceRight<Perform>(
      (next, { around }) =>
        (limit) =>
          around(call, (shorter) => next(smaller(limit, shorter))),
      perform,
    );
    const result = await chain();
    // A dead process does not see what came of its last call.
    if (this.crash !== undefined) throw this.crash;
    return result as T;
  }
}

export const of =
  (method: Method) =>
  (call: Call): boolean =>
    call.method === method;
export const mutating = isMutating;

/** What Node would throw, made into the error that `durable-fs` makes of it. */
export function failWith(code: string): Around {
  return async (call) => {
    const errno = (constants.errno as Record<string, number>)[code];
    if (errno === undefined) throw new Error(`${code} is not the name of a system error`);
    const cause = Object.assign(new Error(`${code}: simulated, ${callLine(call)}`), {
      // Node has no name for EDQUOT: only the number tells.
      code: code === 'EDQUOT' ? `Unknown system error -${errno}` : code,
      errno: -errno,
      syscall: call.method,
    });
    throw fsError(cause, call.method, call.path);
  };
}

function strikes(rule: Rule, call: Call): boolean {
  if (!rule.matches(call)) return false;
  rule.seen += 1;
  return rule.seen >= rule.first && rule.seen <= rule.last;
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
