import { z } from 'zod';
import type { MethodCall } from './call-builder.js';
import { badCall, FAULT, faultOf } from './faults.js';
import { MOST_CALLS } from './limits.js';
import { logFault } from './log-fault.js';
import { type CallContext, type Method, method } from './method.js';
import type { Value } from './value.js';

type Dispatch = (context: CallContext, call: MethodCall) => Promise<Value>;

const MULTICALL = 'system.multicall';

const NAME = z.tuple([z.string('must be the name of a method')]);
const CALLS = z.tuple([
  z
    .array(z.unknown(), 'must be an array of calls')
    .max(MOST_CALLS, `must have ${MOST_CALLS} calls at the most`),
]);

/** What XML-RPC servers say about themselves. @param methods all that there are */
export function systemMethods(
  methods: () => ReadonlyMap<string, Method>,
  dispatch: Dispatch,
): readonly (readonly [string, Method])[] {
  const find = (name: string): Method => {
    const found = methods().get(name);
    if (found === undefined) throw badCall(FAULT.noSuchMethod, 'There is no method of that name');
    return found;
  };
  return [
    [
      'system.listMethods',
      method({
        role: 'read',
        signatures: [['array']],
        help: 'The names of all methods.',
        params: z.tuple([]),
        run: () => [...methods().keys()].sort(),
      }),
    ],
    [
      'system.methodSignature',
      method({
        role: 'read',
        signatures: [['array', 'string']],
        help: 'The ways to call a method: each an array of the type of the answer and those of the parameters.',
        params: NAME,
        run: (_, [name]) => find(name).signatures,
      }),
    ],
    [
      'system.methodHelp',
      method({
        role: 'read',
        signatures: [['string', 'string']],
        help: 'What a method does.',
        params: NAME,
        run: (_, [name]) => find(name).help,
      }),
    ],
    [
      MULTICALL,
      method({
        role: 'read',
        signatures: [['array', 'array']],
        help: `Runs ${MOST_CALLS} calls at the most, one after the other: structs of methodName and params. Gives for each an array of its answer, or a struct of faultCode and faultString.`,
        params: CALLS,
        run: (context, [calls]) => runCalls(context, calls, dispatch),
      }),
    ],
  ];
}

async function runCalls(
  context: CallContext,
  calls: readonly unknown[],
  dispatch: Dispatch,
): Promise<readonly Value[]> {
  const answers: Value[] = [];
  for (const call of calls) answers.push(await runOne(context, call, dispatch));
  return answers;
}

async function runOne(context: CallContext, value: unknown, dispatch: Dispatch): Promise<Value> {
  try {
    return [await dispatch(context, callIn(value))];
  } catch (error) {
    logFault(context.log, error);
    const { code, text } = faultOf(error, context.requestId, context.toolkit.paths);
    return new Map<string, Value>([
      ['faultCode', code],
      ['faultString', text],
    ]);
  }
}

function callIn(value: unknown): MethodCall {
  const members: ReadonlyMap<unknown, unknown> = value instanceof Map ? value : new Map();
  const method = members.get('methodName');
  const params = members.get('params') ?? [];
  if (typeof method !== 'string' || !Array.isArray(params))
    throw badCall(
      FAULT.badParameters,
      'A call must be a struct of methodName, a string, and params, an array',
    );
  if (method === MULTICALL) throw badCall(FAULT.badParameters, `${MULTICALL} may not be called by itself`);
  return { method, params };
}
