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
/** A call's way through a rule: what comes before, instead of, after it. Of a `BulkFiles` call nothing may be a promise. */
type Around = (call: Call, next: Perform) => Promise<unknown>;
export type AroundNow = (call: Call, next: () => unknown) => unknown;

interface Rule {
  readonly matches: (call: Call) => boolean;
  readonly first: number;
  readonly last: number;
  seen: number;
  readonly around: Around;
  readonly aroundNow: AroundNow;
}

/** The faults that are to happen, and the log of all calls. */
export class FaultPlan {
  readonly calls: Call[] = [];
  private rules: Rule[] = [];
  private crash: SimulatedCrash | undefined;
  private closing = Promise.resolve();

  /** @param onCrash runs once, when the crash happens: closes what the dead process had open */
  constructor(private readonly onCrash: () => Promise<void>) {}

  get crashed(): boolean {
    return this.crash !== undefined;
  }

  /** @param aroundNow the same for a synchronous call; default: such a call is let through */
  add(
    matches: (call: Call) => boolean,
    which: Which,
    around: Around,
    aroundNow: AroundNow = (_, next) => next(),
  ): void {
    const { nth = 1, times = 1, path } = which;
    const onPath = (call: Call) =>
      path === undefined || path.test(call.path) || (call.from !== undefined && path.test(call.from));
    const rule = {
      matches: (call: Call) => matches(call) && onPath(call),
      first: nth,
      last: nth + times - 1,
    };
    this.rules.push({ ...rule, seen: 0, around, aroundNow });
  }

  clear(): void {
    this.rules = [];
  }

  async crashNow(where: string): Promise<SimulatedCrash> {
    const crash = this.crashAtOnce(where);
    await this.closing;
    return crash;
  }

  /** The crash in a synchronous call; what was open is closed as soon as the event loop runs. */
  crashAtOnce(where: string): SimulatedCrash {
    if (this.crash === undefined) {
      this.crash = new SimulatedCrash(where);
      this.closing = this.onCrash();
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

  /** As `run`, for a synchronous call. */
  runNow<T>(call: Call, perform: () => T): T {
    if (this.crash !== undefined) throw this.crash;
    this.calls.push(call);
    const struck = this.rules.filter((rule) => strikes(rule, call));
    const chain = struck.reduceRight<() => unknown>(
      (next, { aroundNow }) =>
        () =>
          aroundNow(call, next),
      perform,
    );
    const result = chain();
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
export function failWith(code: string): (call: Call) => Promise<never> {
  const fail = failNow(code);
  return async (call) => fail(call);
}

export function failNow(code: string): (call: Call) => never {
  return (call) => {
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
