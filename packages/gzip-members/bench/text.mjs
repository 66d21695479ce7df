/**
 * Text-like records, deterministic: words of a small vocabulary, some much more frequent than others, between the
 * bytes that a pickle has around a text. zlib level 9 brings it to about a third.
 */
export function textLike(bytes, seed = 1) {
  const next = mulberry(seed);
  const words = Array.from({ length: 2600 }, () => word(next));
  const output = Buffer.alloc(bytes);
  let at = 0;
  let oid = 0;
  while (at < bytes) {
    const text = [];
    const count = 40 + Math.floor(next() * 400);
    for (let i = 0; i < count; i++) text.push(words[Math.floor(next() ** 3 * words.length)]);
    const record = Buffer.from(
      `\0\0\0\0${String.fromCharCode(oid & 0xff)}cpersistent.mapping\nPersistentMapping\nq\x01.}q\x02U\x04dataq\x03}q\x04(U\x05titleq\x05X\x20title ${oid++}U\x04bodyq\x06X${text.join(' ')}q\x07us.`,
    );
    at += record.copy(output, at);
  }
  return output;
}

function word(next) {
  const length = 3 + Math.floor(next() * 8);
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(next() * next() * 26))).join('');
}

function mulberry(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
