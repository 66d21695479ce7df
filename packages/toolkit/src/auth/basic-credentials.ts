/** HTTP Basic authentication, read strictly (RFC 7617). */

export interface Credentials {
  /** Normalised (NFC). */
  readonly user: string;
  readonly password: string;
}

/** Characters of the header. */
const LONGEST = 4096;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** Undefined where the header holds none: another scheme, no base64, no UTF-8, no colon, no user, control characters. */
export function parseBasic(header: string | undefined): Credentials | undefined {
  if (header === undefined || header.length > LONGEST) return undefined;
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = decode(encoded);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 1 || /[\u0000-\u001f\u007f]/.test(text)) return undefined;
  return { user: text.slice(0, colon).normalize('NFC'), password: text.slice(colon + 1) };
}

function decode(encoded: string): string | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
