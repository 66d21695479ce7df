import { describe, expect, test } from 'vitest';
import { decodeCall } from '../src/xml-rpc/decode-call.js';
import { encodeFault, encodeResponse, encodeValue } from '../src/xml-rpc/encode.js';
import { DateTime, type Value } from '../src/xml-rpc/value.js';
import { answerOf } from './support/xml-rpc-answer.js';
import { callBody } from './support/xml-rpc-bodies.js';

describe('answers', () => {
  test.each<[Value, string]>([
    ['a<b>&]]>"\'', '<string>a&lt;b&gt;&amp;]]&gt;"\'</string>'],
    ['', '<string></string>'],
    [0, '<int>0</int>'],
    [-0, '<int>0</int>'],
    [-2147483648, '<int>-2147483648</int>'],
    [0.25, '<double>0.25</double>'],
    [true, '<boolean>1</boolean>'],
    [null, '<nil/>'],
    [Buffer.from('ABC'), '<base64>QUJD</base64>'],
    [new DateTime('20260101T00:00:00'), '<dateTime.iso8601>20260101T00:00:00</dateTime.iso8601>'],
    [
      ['a', []],
      '<array><data><value><string>a</string></value><value><array><data></data></array></value></data></array>',
    ],
    [
      new Map([['a&b', 1]]),
      '<struct><member><name>a&amp;b</name><value><int>1</int></value></member></struct>',
    ],
  ])('%j', (value, xml) => {
    expect(encodeValue(value)).toBe(`<value>${xml}</value>`);
  });

  test('characters that XML cannot hold are replaced, line ends are kept', () => {
    expect(encodeValue('a\0\u001b\ud800\uffff\r\n😀')).toBe(
      '<value><string>a\ufffd\ufffd\ufffd\ufffd&#13;\n😀</string></value>',
    );
    expect(decodeCall(callBody('x', ['\r\n\r']))).toEqual({ method: 'x', params: ['\r\n\r'] });
  });

  test.each([2147483648, -2147483649, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 1n])(
    'a number that XML-RPC cannot say is an error: %s',
    (value) => {
      expect(() => encodeResponse(['a', value])).toThrow(expect.objectContaining({ code: 'internal' }));
    },
  );

  test('the library of the client reads them', () => {
    const value = new Map<string, Value>([
      ['size', '12345678901'],
      ['lifeSeconds', 3600],
      ['text', '<&>]]>é😀'],
      ['list', [true, 0.5, null]],
    ]);
    expect(answerOf(encodeResponse(value))).toEqual({
      size: '12345678901',
      lifeSeconds: 3600,
      text: '<&>]]>é😀',
      list: [true, 0.5, null],
    });
    const fault = answerOf(encodeFault(1, 'it is already in use by user/<x>'));
    expect(fault).toEqual({ faultCode: 1, faultString: 'it is already in use by user/<x>' });
  });
});
