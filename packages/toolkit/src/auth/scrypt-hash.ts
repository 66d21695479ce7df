/**
 * A password as scrypt makes it unreadable, in the text form that other tools write too (PHC string format):
 * `$scrypt$ln=15,r=8,p=1$SALT$HASH`, both in base64 without padding. See docs/formats/toolkit-access.md.
 */

/** What one computation costs: 128 · 2^ln · r bytes of memory, p times that in work. */
export interface ScryptCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

export interface ScryptHash {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** 32 MiB and about a tenth of a second. */
export const DEFAULT_COST: ScryptCost = { ln: 15, r: 8, p: 1 };

const MOST_LN = 17;
const MOST_MEMORY = 256 << 20;
const MOST_P = 4;
const SALT = { least: 8, most: 64 };
const HASH = { least: 16, most: 64 };
const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

export function memoryOf({ ln, r }: ScryptCost): number {
  return 128 * 2 ** ln * r;
}

/** The hash, or why it is none: a reason that holds nothing of the text. */
export function parseScryptHash(text: string): ScryptHash | string {
  const match = FORM.exec(text);
  if (match === null) return 'its scrypt hash is not $scrypt$ln=…,r=…,p=…$SALT$HASH';
  const cost = { ln: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  if (cost.ln < 1 || cost.r < 1 || cost.p < 1) return 'its scrypt hash has a parameter of 0';
  if (cost.ln > MOST_LN || cost.p > MOST_P || memoryOf(cost) > MOST_MEMORY)
    return `its scrypt hash costs too much: ln ${MOST_LN}, p ${MOST_P} and ${MOST_MEMORY >> 20} MiB are the most`;
  const salt = Buffer.from(match[4]!, 'base64');
  const hash = Buffer.from(match[5]!, 'base64');
  if (salt.length < SALT.least || salt.length > SALT.most)
    return `its salt does not have ${SALT.least} to ${SALT.most} bytes`;
  if (hash.length < HASH.least || hash.length > HASH.most)
    return `its hash does not have ${HASH.least} to ${HASH.most} bytes`;
  return { cost, salt, hash };
}

export function formatScryptHash({ cost, salt, hash }: ScryptHash): string {
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
