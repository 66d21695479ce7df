import { HoldfastError } from '@holdfast/errors';
import { mayDo } from '../auth/identity.js';
import type { MethodCall } from './call-builder.js';
import { badCall, FAULT } from './faults.js';
import type { CallContext, Method } from './method.js';
import { SNAPSHOT_METHODS } from './snapshot-methods.js';
import { systemMethods } from './system-methods.js';
import type { Value } from './value.js';

const METHODS: ReadonlyMap<string, Method> = new Map([
  ...SNAPSHOT_METHODS,
  ...systemMethods(() => METHODS, dispatch),
]);

/**
 * Runs a call.
 *
 * @throws HoldfastError `toolkit.request` for a method or parameters that are not there, `toolkit.denied`, and what the method throws
 */
export async function dispatch(context: CallContext, { method: name, params }: MethodCall): Promise<Value> {
  const method = METHODS.get(name);
  if (method === undefined)
    throw badCall(
      FAULT.noSuchMethod,
      'There is no such method; system.listMethods gives those that are there',
    );
  if (!mayDo(context.identity, method.role)) {
    throw new HoldfastError(
      'toolkit.denied',
      `${name} needs the role ${method.role}, which the user has not`,
      {
        details: { status: 403 },
      },
    );
  }
  return await method.run(context, params);
}
