const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `64m`, `1g` in bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * UNITS[match[2]!.toLowerCase()]!);
}

/** Short and exact where it can be: `1g`, `64m`, `1536k`; part of the names of cached data. */
export function sizeName(bytes: number): string {
  for (const unit of ['g', 'm', 'k']) {
    const count = bytes / UNITS[unit]!;
    if (Number.isInteger(count)) return `${count}${unit}`;
  }
  return `${bytes}`;
}

/** For a person, in decimal megabytes. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value.toFixed(value < 100 ? 1 : 0)} MB`;
}
