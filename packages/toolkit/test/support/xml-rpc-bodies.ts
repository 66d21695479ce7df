import { encodeValue } from '../../src/xml-rpc/encode.js';
import { XML_RPC_LIMITS } from '../../src/xml-rpc/limits.js';
import type { Value } from '../../src/xml-rpc/value.js';

/** The body of a call. */
export function callBody(method: string, params: readonly Value[] = []): string {
  const inner = params.map((param) => `<param>${encodeValue(param)}</param>`).join('');
  return `<?xml version="1.0"?>\n<methodCall><methodName>${method}</methodName><params>${inner}</params></methodCall>`;
}

/** A call with one parameter, whose `<value>` holds this XML. */
export function withValue(content: string): string {
  return `<methodCall><methodName>x</methodName><params><param><value>${content}</value></param></params></methodCall>`;
}

export function withArray(items: string): string {
  return withValue(`<array><data>${items}</data></array>`);
}

const BODY = 1 << 20;
const ROOM = BODY - 400;

/** As many pieces as fit into a body and `most`, each with as much filling as the body still has room for. */
function filled(piece: (filling: number) => string, most: number): string {
  const count = Math.min(most, Math.floor(ROOM / piece(0).length));
  const filling = Math.floor((ROOM - count * piece(0).length) / count);
  return piece(filling).repeat(count);
}

const NODES = XML_RPC_LIMITS.nodes - 10;

/** Bodies of 1 MiB that cost the most, each for another reason; all are refused or read, none may take long. */
export const DEAR_BODIES: Readonly<Record<string, string>> = {
  text: withValue('x'.repeat(ROOM)),
  'text of two bytes': withValue('é'.repeat(ROOM / 2)),
  references: withValue(filled((n) => `&#65;${'y'.repeat(n)}`, NODES)),
  'long references': withValue(filled((n) => `&#0000065;${'y'.repeat(n)}`, NODES)),
  'one endless reference': withValue(`&${'a'.repeat(ROOM)}`),
  elements: withArray(filled(() => '<value/>', NODES)),
  'too many elements': withArray('<value/>'.repeat(ROOM / 8)),
  'too many references': withValue('&lt;'.repeat(ROOM / 4)),
  'blanks in tags': withArray(filled((n) => `<value${' '.repeat(n)}/>`, NODES)),
  strings: withArray(filled((n) => `<value>${'z'.repeat(n)}</value>`, NODES)),
  integers: withArray(filled((n) => `<value><i4>${' '.repeat(n)}1</i4></value>`, NODES / 2)),
  'long integers': withArray(
    filled((n) => `<value><i8>${' '.repeat(Math.min(n, 700))}-9223372036854775808</i8></value>`, NODES / 2),
  ),
  doubles: withArray(
    filled(
      (n) => `<value><double>${' '.repeat(Math.min(n, 700))}-1.2345678901234e-300</double></value>`,
      NODES / 2,
    ),
  ),
  times: withArray(
    filled(
      (n) =>
        `<value><dateTime.iso8601>${' '.repeat(Math.min(n, 700))}20260228T23:59:59</dateTime.iso8601></value>`,
      NODES / 2,
    ),
  ),
  'many base64': withArray(
    filled((n) => `<value><base64>${'QUJD'.repeat(n / 4)}</base64></value>`, NODES / 2),
  ),
  'one base64': withValue(`<base64>${'Q U J D\n'.repeat(ROOM / 8 - 10)}</base64>`),
  'blanks in base64': withValue(`<base64>${' '.repeat(ROOM - 20)}!</base64>`),
  'blanks in an integer': withValue(`<int>${' '.repeat(ROOM - 20)}1</int>`),
  'blanks before an attribute': `<methodCall${' '.repeat(ROOM)}xmlnx="a">`,
  'CDATA of brackets': withValue(`<![CDATA[${']'.repeat(ROOM)}x]]>`),
  'CDATA sections': withValue(filled((n) => `<![CDATA[${']'.repeat(n)}x]]>`, NODES)),
  comments: withValue(filled((n) => `<!--${'- '.repeat(n / 2)}-->`, NODES)),
  'one name': `<${'x'.repeat(ROOM)}/>`,
  'one declaration': `<!${'x'.repeat(ROOM)}>`,
  'one DOCTYPE': `<!DOCTYPE a [${'<!ENTITY b "c">'.repeat(ROOM / 15)}]>`,
  'one attribute': `<methodCall xmlns="${'x'.repeat(ROOM)}"/>`,
  'many attributes': `<methodCall${' xmlns:a="b"'.repeat(ROOM / 12)}/>`,
  'an XML declaration': `<?xml ${'version="1.0" '.repeat(ROOM / 14)}?>`,
  blanks: ' '.repeat(ROOM),
  'carriage returns': withValue('\r'.repeat(ROOM)),
  members: withValue(
    `<struct>${Array.from({ length: NODES / 3 }, (_, n) => `<member><name>${n}</name><value/></member>`).join('')}</struct>`,
  ),
  deep: `<methodCall><methodName>x</methodName><params><param>${'<value><array><data>'.repeat(ROOM / 21)}`,
  'many params': `<methodCall><methodName>x</methodName><params>${'<param><value/></param>'.repeat(NODES / 2)}`,
};
