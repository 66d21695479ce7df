import { isHoldfastError } from '@holdfast/errors';
import { testSeed } from '@holdfast/test-kit';
import fc from 'fast-check';
import sax from 'sax';
import { describe, expect, test } from 'vitest';
import type { MethodCall } from '../src/xml-rpc/call-builder.js';
import { decodeCall } from '../src/xml-rpc/decode-call.js';
import { DateTime, type Value } from '../src/xml-rpc/value.js';
import { callBody } from './support/xml-rpc-bodies.js';

const runs = { seed: testSeed('xml-rpc decoder'), numRuns: 1000 };

/** The call, or undefined for the one error that there may be. Anything else fails the property. */
function read(body: string | Uint8Array): MethodCall | undefined {
  try {
    return decodeCall(body);
  } catch (error) {
    if (isHoldfastError(error, 'toolkit.request') && typeof error.details.faultCode === 'number')
      return undefined;
    throw error;
  }
}

/** Text that XML can hold. */
const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .map((raw) => raw.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/gu, '?'));
const time = fc
  .date({ min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => new DateTime(date.toISOString().slice(0, 19).replaceAll('-', '')));
const scalar: fc.Arbitrary<Value> = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  time,
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(text, fc.constantFrom('__proto__', 'constructor')), tie('value')), {
        maxLength: 4,
      })
      .map((members) => new Map(members)),
  ),
}));
const method = fc.stringMatching(/^[A-Za-z0-9_.:/]{1,30}$/);
const body = fc
  .tuple(method, fc.array(value, { maxLength: 3 }))
  .map(([name, params]) => callBody(name, params));

describe('the decoder', () => {
  test('reads what the encoder wrote', () => {
    fc.assert(
      fc.property(method, fc.array(value, { maxLength: 3 }), (name, params) => {
        expect(decodeCall(callBody(name, params))).toEqual({ method: name, params });
      }),
      runs,
    );
  });

  test('reads random bytes, or says what is wrong with them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(read(bytes)).toBeUndefined();
      }),
      runs,
    );
  });

  test('reads random markup, or says what is wrong with it', () => {
    const piece = fc.oneof(
      fc.constantFrom(...PIECES),
      fc.constantFrom(...PIECES).map((name) => `<${name}>`),
      fc.constantFrom(...PIECES).map((name) => `</${name}>`),
      text,
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        read(pieces.join(''));
        read(`<methodCall><methodName>x</methodName><params><param><value>${pieces.join('')}`);
      }),
      runs,
    );
  });

  test('reads calls with a few bytes changed, cut or doubled, or says what is wrong with them', () => {
    const change = fc.tuple(
      fc.nat(),
      fc.nat(),
      fc.constantFrom('set', 'cut', 'double'),
      fc.uint8Array({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(body, fc.array(change, { minLength: 1, maxLength: 4 }), (sound, changes) => {
        read(changed(Buffer.from(sound), changes));
      }),
      runs,
    );
  });

  test('what it reads is well-formed to sax as well, and has the same text', () => {
    const change = fc.tuple(
      fc.nat(),
      fc.nat(4),
      fc.constantFrom('set', 'cut', 'double'),
      fc.uint8Array({ maxLength: 2 }),
    );
    let both = 0;
    fc.assert(
      fc.property(body, fc.array(change, { maxLength: 2 }), (sound, changes) => {
        const bytes = changed(Buffer.from(sound), changes);
        const call = read(bytes);
        if (call === undefined) return;
        both += 1;
        expect(methodBySax(bytes.toString('utf8'))).toBe(call.method);
      }),
      runs,
    );
    expect(both).toBeGreaterThan(100);
  });
});

type Change = readonly [number, number, string, Uint8Array];

function changed(sound: Buffer, changes: readonly Change[]): Buffer {
  let bytes = sound;
  for (const [at, length, how, put] of changes) {
    const from = bytes.length === 0 ? 0 : at % bytes.length;
    const to = Math.min(bytes.length, from + (how === 'set' ? put.length : length % 40));
    const middle =
      how === 'set' ? [put] : how === 'cut' ? [] : [bytes.subarray(from, to), bytes.subarray(from, to)];
    bytes = Buffer.concat([bytes.subarray(0, from), ...middle, bytes.subarray(to)]);
  }
  return bytes;
}

/** The content of `methodName`, as another reader has it. @throws where that finds the document broken */
function methodBySax(document: string): string {
  const parser = sax.parser(true);
  let name = '';
  let open = '';
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = (tag) => {
    open = tag.name;
  };
  parser.onclosetag = () => {
    open = '';
  };
  parser.ontext = (piece) => {
    if (open === 'methodName') name += piece;
  };
  parser.oncdata = parser.ontext;
  parser.write(document).close();
  return name.trim();
}

const PIECES = [
  'methodCall',
  'methodName',
  'params',
  'param',
  'value',
  'struct',
  'member',
  'name',
  'array',
  'data',
  'int',
  'i8',
  'double',
  'base64',
  'nil',
  'nil/',
  'string',
  'boolean',
  'dateTime.iso8601',
  '!--',
  '--',
  '![CDATA[',
  ']]',
  '?xml ?',
  '!DOCTYPE',
  '&amp;',
  '&#1;',
  '&',
  '1',
  '__proto__',
  '\0',
  '\ufeff',
  ' xmlns="a"',
  '0'.repeat(300),
];
