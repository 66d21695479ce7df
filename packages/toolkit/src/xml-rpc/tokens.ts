/**
 * The part of XML that XML-RPC needs: elements without attributes, text, the five named and the numeric references,
 * CDATA, comments. Everything else is refused. Each character is looked at once, by `indexOf` or one expression that is
 * anchored where it begins (docs/decisions/0060-xml-rpc-reader.md).
 */

import { ELEMENTS } from './elements.js';
import { badCall, FAULT } from './faults.js';
import { dereference } from './references.js';

/** What is told of a document, in its order. Each may throw, which ends the reading. */
export interface TokenHandlers {
  open(name: string): void;
  /** A piece of text or of a CDATA section; one text can come in several. */
  text(piece: string): void;
  close(name: string): void;
}

/** Names of XML-RPC are ASCII, and short. An `xmlns` is what clients declare for `ex:nil`. */
const NAME = '([A-Za-z][A-Za-z0-9.:_-]{0,39})';
const XMLNS = `[ \\t\\n]+xmlns(?::[A-Za-z]{1,20})?[ \\t\\n]*=[ \\t\\n]*(?:"[^"<&]{0,200}"|'[^'<&]{0,200}')`;
const OPENING = new RegExp(`<${NAME}(?:${XMLNS}){0,4}[ \\t\\n]*(/?)>`, 'y');
const CLOSING = new RegExp(`</${NAME}[ \\t\\n]*>`, 'y');
/** Of `dateTime.iso8601`. */
const LONGEST_PLAIN = 16;
const CDATA = '<![CDATA[';

/**
 * @param text without a declaration; line ends are line feeds
 * @throws HoldfastError `toolkit.request` for what is not well formed, or has what no call needs
 */
export function tokenize(text: string, handlers: TokenHandlers, mostNodes: number): void {
  let nodes = 0;
  const count = () => {
    nodes += 1;
    if (nodes > mostNodes)
      throw badCall(FAULT.notXmlRpc, `The body has more than ${mostNodes} elements and references`);
  };
  let at = 0;
  while (at < text.length) {
    const markup = text.indexOf('<', at);
    const end = markup < 0 ? text.length : markup;
    if (end > at) handlers.text(dereference(text.slice(at, end), count));
    at = markup < 0 ? end : readMarkup(text, markup, handlers, count);
  }
}

/** @returns the position behind it */
function readMarkup(text: string, at: number, handlers: TokenHandlers, count: () => void): number {
  switch (text[at + 1]) {
    case '/':
      return readClosing(text, at, handlers);
    case '!':
      count();
      return text.startsWith(CDATA, at) ? readCdata(text, at, handlers) : skipComment(text, at);
    case '?':
      throw refused('processing instructions');
    default:
      count();
      return readOpening(text, at, handlers);
  }
}

function readOpening(text: string, at: number, handlers: TokenHandlers): number {
  const plain = plainName(text, at + 1);
  if (plain !== undefined) {
    handlers.open(plain);
    return at + plain.length + '<>'.length;
  }
  OPENING.lastIndex = at;
  const [tag, name, empty] = OPENING.exec(text) ?? [];
  if (tag === undefined || name === undefined)
    throw badCall(FAULT.notWellFormed, `A tag at character ${at} is not well formed, or has attributes`);
  handlers.open(name);
  if (empty === '/') handlers.close(name);
  return at + tag.length;
}

function readClosing(text: string, at: number, handlers: TokenHandlers): number {
  const plain = plainName(text, at + 2);
  if (plain !== undefined) {
    handlers.close(plain);
    return at + plain.length + '</>'.length;
  }
  CLOSING.lastIndex = at;
  const [tag, name] = CLOSING.exec(text) ?? [];
  if (tag === undefined || name === undefined)
    throw badCall(FAULT.notWellFormed, `A closing tag at character ${at} is not well formed`);
  handlers.close(name);
  return at + tag.length;
}

/** The name of a tag without blanks, which nearly all are: an expression takes three times as long. */
function plainName(text: string, at: number): string | undefined {
  const end = text.indexOf('>', at);
  if (end < 0 || end - at > LONGEST_PLAIN) return undefined;
  const name = text.slice(at, end);
  return ELEMENTS.has(name) ? name : undefined;
}

function readCdata(text: string, at: number, handlers: TokenHandlers): number {
  const start = at + CDATA.length;
  const end = text.indexOf(']]>', start);
  if (end < 0) throw badCall(FAULT.notWellFormed, 'A CDATA section does not end');
  if (end > start) handlers.text(text.slice(start, end));
  return end + ']]>'.length;
}

function skipComment(text: string, at: number): number {
  if (!text.startsWith('<!--', at)) throw refused('declarations (DOCTYPE, ENTITY)');
  const end = text.indexOf('--', at + '<!--'.length);
  if (end < 0 || text[end + 2] !== '>')
    throw badCall(FAULT.notWellFormed, 'A comment does not end as it should');
  return end + '-->'.length;
}

function refused(what: string) {
  return badCall(FAULT.notXmlRpc, `The body has ${what}, which calls do not have`);
}
