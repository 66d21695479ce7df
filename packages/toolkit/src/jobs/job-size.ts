/** Characters of one text. */
const LONGEST_TEXT = 2000;
/** So many items of each list are tried, one after the other. */
const MOST_ITEMS = [1000, 300, 100, 30, 10, 3];

interface Fitted<T> {
  readonly value: T;
  /** Something was left out. */
  readonly cut: boolean;
}

/**
 * A piece of JSON that is not longer than it may be: of a long list its first items and its last, of a long text its beginning.
 *
 * @param bare what stands for it where that is not enough
 * @param longest bytes, as JSON in UTF-8
 */
export function fit<T>(whole: T, bare: T, longest: number): Fitted<T> {
  for (const most of MOST_ITEMS) {
    const made = shortened(whole, most);
    if (Buffer.byteLength(JSON.stringify(made.value)) <= longest) return made;
  }
  return { value: shortened(bare, 1).value, cut: true };
}

function shortened<T>(whole: T, most: number): Fitted<T> {
  let cut = false;
  return { value: shorten(whole) as T, cut };

  function shorten(value: unknown): unknown {
    if (typeof value === 'string') {
      if (value.length <= LONGEST_TEXT) return value;
      cut = true;
      return `${value.slice(0, LONGEST_TEXT - 1)}…`;
    }
    if (Array.isArray(value)) {
      if (value.length <= most) return value.map(shorten);
      cut = true;
      return [...value.slice(0, most - 1), value.at(-1)].map(shorten);
    }
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shorten(item)]));
  }
}
