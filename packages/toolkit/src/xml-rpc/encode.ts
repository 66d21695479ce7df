import { HoldfastError } from '@holdfast/errors';
import { DateTime, type Value } from './value.js';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>';
const TAIL = '</methodResponse>\n';

/**
 * The answer to a call.
 *
 * @throws HoldfastError `internal`: a number that XML-RPC cannot say; sizes are strings
 */
export function encodeResponse(value: Value): string {
  return `${HEAD}<params><param>${encodeValue(value)}</param></params>${TAIL}`;
}

export function encodeFault(code: number, text: string): string {
  const fault = new Map<string, Value>([
    ['faultCode', code],
    ['faultString', text],
  ]);
  return `${HEAD}<fault>${encodeValue(fault)}</fault>${TAIL}`;
}

/** `<value>…</value>`. Characters that XML cannot hold become U+FFFD. */
export function encodeValue(value: Value): string {
  return `<value>${content(value)}</value>`;
}

function content(value: Value): string {
  if (value === null) return '<nil/>';
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`;
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === 'number') return number(value);
  if (typeof value === 'bigint') throw tooLarge();
  if (value instanceof DateTime) return `<dateTime.iso8601>${escaped(value.text)}</dateTime.iso8601>`;
  if (value instanceof Uint8Array) return `<base64>${Buffer.from(value).toString('base64')}</base64>`;
  if (isList(value)) return `<array><data>${value.map(encodeValue).join('')}</data></array>`;
  const members = [...value].map(
    ([name, member]) => `<member><name>${escaped(name)}</name>${encodeValue(member)}</member>`,
  );
  return `<struct>${members.join('')}</struct>`;
}

function isList(value: readonly Value[] | ReadonlyMap<string, Value>): value is readonly Value[] {
  return Array.isArray(value);
}

function number(value: number): string {
  if (Number.isInteger(value)) {
    if (value !== (value | 0)) throw tooLarge();
    return `<int>${value | 0}</int>`;
  }
  if (!Number.isFinite(value)) throw tooLarge();
  return `<double>${value}</double>`;
}

function tooLarge(): HoldfastError {
  return new HoldfastError('internal', 'A number in an XML-RPC answer has more than 32 bits');
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  // A reader makes a line feed of the character itself.
  '\r': '&#13;',
};

function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/gu, '\ufffd')
    .replace(/[&<>\r]/g, (char) => REFERENCES[char]!);
}
