/** In 16 bits: the milliseconds of the second, and as much more as fits. */
const PER_MILLISECOND = 64;
const DIGITS = 4;

/** `20261121T081500-<4 hex digits>`: ordered as text as by time, to the millisecond. @param more below 64: tells apart what is made in one */
export function makeJobId(ms: number, more: number): string {
  const stamp = new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '');
  const fraction = (Math.floor(ms) % 1000) * PER_MILLISECOND + (more % PER_MILLISECOND);
  return `${stamp}-${fraction.toString(16).padStart(DIGITS, '0')}`;
}

export function isJobId(text: string): boolean {
  return /^\d{8}T\d{6}-[0-9a-f]{4}$/.test(text);
}

/** The moment that an id was made for, milliseconds since 1970; 0 where there is no such day. */
export function momentOfJobId(id: string): number {
  const stamp = id.slice(0, 15).replace(/^(....)(..)(..)T(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z');
  const second = Date.parse(stamp);
  const fraction = Math.floor(Number.parseInt(id.slice(16), 16) / PER_MILLISECOND);
  return Number.isNaN(second) ? 0 : second + fraction;
}
