import { CallBuilder, type MethodCall } from './call-builder.js';
import { badCall, FAULT } from './faults.js';
import { XML_RPC_LIMITS, type XmlRpcLimits } from './limits.js';
import { tokenize } from './tokens.js';

/** Characters that no XML 1.0 document can hold. */
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

const DECLARATION = /^<\?xml[ \t\n][^?<>]{0,200}\?>/;

/**
 * Reads the body of an XML-RPC call (https://xmlrpc.com/spec.md, with `i8` and `nil`). Its work is bounded by `limits`.
 *
 * @throws HoldfastError `toolkit.request` with the detail `faultCode` (`FAULT`); nothing else
 */
export function decodeCall(body: string | Uint8Array, limits: XmlRpcLimits = XML_RPC_LIMITS): MethodCall {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes.length > limits.body)
    throw badCall(FAULT.notXmlRpc, `The body is longer than ${limits.body} bytes`);
  const text = withoutDeclaration(textOf(withLineFeeds(bytes)));
  if (IMPOSSIBLE.test(text))
    throw badCall(FAULT.invalidCharacter, 'The body holds control characters that XML does not allow');
  const builder = new CallBuilder(limits.depth);
  tokenize(text, builder, limits.nodes);
  return builder.result();
}

const LF = 0x0a;
const CR = 0x0d;

/** As XML has it: CR LF, and a CR alone, are a line feed. */
function withLineFeeds(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(CR)) return bytes;
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === CR && bytes[at + 1] === LF) continue;
    plain[length] = bytes[at] === CR ? LF : bytes[at]!;
    length += 1;
  }
  return plain.subarray(0, length);
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badCall(FAULT.unsupportedEncoding, 'The body is not UTF-8');
  }
}

function withoutDeclaration(text: string): string {
  const [declaration] = DECLARATION.exec(text) ?? [];
  if (declaration === undefined) return text;
  const [, encoding = 'utf-8'] = /[ \t\n]encoding[ \t\n]*=[ \t\n]*["']([^"']*)["']/.exec(declaration) ?? [];
  if (!/^utf-?8$/i.test(encoding))
    throw badCall(FAULT.unsupportedEncoding, 'The body declares another encoding than UTF-8');
  return text.slice(declaration.length);
}
