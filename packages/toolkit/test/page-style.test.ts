import { describe, expect, test } from 'vitest';
import { ASSETS } from '../src/page/assets/assets.js';
import { DARK, LIGHT, type Palette } from '../src/page/style/palette.js';

/** WCAG 2.1: relative luminance. */
function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = parts.map((part) =>
    part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

const TEXT: readonly (readonly [text: keyof Palette, ground: keyof Palette])[] = [
  ['ink', 'ground'],
  ['ink', 'surface'],
  ['quiet', 'ground'],
  ['quiet', 'surface'],
  ['accent', 'ground'],
  ['accent', 'surface'],
  ['on-accent', 'accent'],
  ...(['safe', 'attention', 'danger', 'none'] as const).flatMap(
    (level) =>
      [
        [level, `${level}-ground`],
        [level, 'ground'],
        [level, 'surface'],
        ['ink', `${level}-ground`],
        ['accent', `${level}-ground`],
      ] as const,
  ),
];

/** Signs and edges that mean something. */
const SIGNS: readonly (readonly [sign: keyof Palette, ground: keyof Palette])[] = [
  ['edge', 'ground'],
  ['edge', 'surface'],
  ['accent', 'hairline'],
];

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
] as const)('in the %s', (_, palette) => {
  test.each(TEXT)('%s can be read on %s', (text, ground) => {
    expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5);
  });

  test.each(SIGNS)('%s can be seen on %s', (sign, ground) => {
    expect(contrast(palette[sign], palette[ground])).toBeGreaterThanOrEqual(3);
  });
});

describe('what a page refers to', () => {
  const style = ASSETS.find(({ address }) => address.endsWith('.css'))!.text;
  const script = ASSETS.find(({ address }) => address.endsWith('.js'))!.text;

  test('has addresses that change with it', () => {
    for (const { address } of ASSETS)
      expect(address).toMatch(/^\/assets\/[a-z-]+-[0-9a-f]{12}\.(css|js|svg)$/);
  });

  test('asks no other host: fonts, pictures, scripts', () => {
    for (const { text } of ASSETS)
      expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/url\(|@import|https?:/);
  });

  test('uses no colour that the palette has not', () => {
    const used = [...style.matchAll(/var\(--([a-z-]+)\)/g)].map(([, name]) => name);
    const known = [...Object.keys(LIGHT), 'text', 'display', 'mono'];
    expect(used.filter((name) => !known.includes(name!))).toEqual([]);
    expect(style.split('{').length).toBe(style.split('}').length);
  });

  test('is a script that can be read, and makes no text into markup', () => {
    expect(() => new Function(script)).not.toThrow();
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
  });
});
