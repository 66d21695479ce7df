import type { FastifyBaseLogger } from 'fastify';
import type { z } from 'zod';
import type { Identity, Role } from '../auth/identity.js';
import type { ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import { checked } from './parameters.js';
import type { Value } from './value.js';

/** For whom, on which storage, a method runs. */
export interface CallContext {
  readonly toolkit: Toolkit;
  readonly storage: ToolkitStorage;
  readonly identity: Identity;
  readonly requestId: string;
  readonly log: FastifyBaseLogger;
}

/** A method that can be called. */
export interface Method {
  readonly role: Role;
  /** Its ways to be called: the type of the answer, then those of the parameters. */
  readonly signatures: readonly (readonly string[])[];
  /** For `system.methodHelp`. */
  readonly help: string;
  /** @throws HoldfastError for parameters that are wrong, and what the work throws */
  run(context: CallContext, params: readonly Value[]): Promise<Value> | Value;
}

interface TypedMethod<Params> extends Omit<Method, 'run'> {
  readonly params: z.ZodType<Params>;
  run(context: CallContext, params: Params): Promise<Value> | Value;
}

/** A method whose parameters are checked before it runs. @throws HoldfastError `toolkit.request` from its `run` */
export function method<Params>({ params: schema, run, ...rest }: TypedMethod<Params>): Method {
  return { ...rest, run: (context, params) => run(context, checked(schema, params)) };
}
