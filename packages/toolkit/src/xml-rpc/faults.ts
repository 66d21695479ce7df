import { type ErrorCode, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { errorBody } from '../http-errors.js';
import type { PathFilter } from '../without-paths.js';

/** Codes of faults (docs/toolkit/xml-rpc.md, "Faults"); the negative ones are those of the XML-RPC fault code interoperability list. */
export const FAULT = {
  notWellFormed: -32700,
  unsupportedEncoding: -32701,
  invalidCharacter: -32702,
  notXmlRpc: -32600,
  noSuchMethod: -32601,
  badParameters: -32602,
  internal: -32603,
  inSnapshot: 1,
  wrongCode: 2,
  notInSnapshot: 3,
  busy: 4,
  denied: 5,
  failure: 6,
  noStorage: 7,
} as const;

export interface Fault {
  readonly code: number;
  /** One line, without paths of the server. */
  readonly text: string;
}

/** A body that is no call, or a call of what is not there: the details say the fault's code. */
export function badCall(faultCode: number, message: string): HoldfastError {
  return new HoldfastError('toolkit.request', message, {
    hint: 'See docs/toolkit/xml-rpc.md.',
    details: { faultCode },
  });
}

const CODES: Partial<Readonly<Record<ErrorCode, number>>> = {
  'toolkit.in-snapshot': FAULT.inSnapshot,
  'toolkit.wrong-code': FAULT.wrongCode,
  'toolkit.not-in-snapshot': FAULT.notInSnapshot,
  'toolkit.busy': FAULT.busy,
  'toolkit.denied': FAULT.denied,
  'toolkit.no-storage': FAULT.noStorage,
  'toolkit.request': FAULT.badParameters,
};

/** The fault that an error becomes: `details.faultText` where it has one, which holds no path by itself; one that nobody expected says no more than the request's id. */
export function faultOf(error: unknown, requestId: string, paths: PathFilter): Fault {
  const { message, hint, requestId: unexpected } = errorBody(error, requestId, paths);
  if (unexpected !== undefined || !isHoldfastError(error)) return { code: FAULT.internal, text: message };
  const { faultCode, faultText } = error.details;
  const code = typeof faultCode === 'number' ? faultCode : (CODES[error.code] ?? FAULT.failure);
  const text = typeof faultText === 'string' ? faultText : message.replace(/\.$/, '');
  return { code, text: `${text}. ${hint}` };
}
