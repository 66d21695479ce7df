import { badCall, FAULT } from './faults.js';

const REFERENCE = /^(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}))$/;
/** Of `#1234567`. */
const LONGEST = 8;

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * A piece of text with its references replaced.
 *
 * @param count is called for each, and may throw
 * @throws HoldfastError `toolkit.request`: an entity that XML does not know by itself, or a character that it cannot hold
 */
export function dereference(text: string, count: () => void): string {
  // `replace` with a function holds all matches at once: 80 MB for a long text of references.
  const pieces: string[] = [];
  let from = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
    count();
    const end = text.indexOf(';', at);
    if (end < 0 || end - at > LONGEST + 1) throw unknown();
    pieces.push(text.slice(from, at), characterOf(text.slice(at + 1, end)));
    from = end + 1;
  }
  return from === 0 ? text : pieces.join('') + text.slice(from);
}

function characterOf(reference: string): string {
  const [, name, decimal, hexadecimal] = REFERENCE.exec(reference) ?? [];
  if (name !== undefined) return NAMED[name]!;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  if (!isXmlCharacter(code)) throw unknown();
  return String.fromCodePoint(code);
}

function unknown() {
  return badCall(FAULT.notWellFormed, 'A reference (&…;) is unknown, too long, or of no character of XML');
}

/** `Char` of XML 1.0; false for NaN. */
function isXmlCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
