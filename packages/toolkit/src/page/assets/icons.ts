import type { Level } from '../model/verdict.js';
import { LIGHT } from '../style/palette.js';

const svg = (colour: string, body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round" color="${colour}">${body}</g></svg>`;

/** The picture in the tab of a browser tells the level, too. */
export const ICONS: Readonly<Record<Level, string>> = {
  safe: svg(
    LIGHT.safe,
    '<circle fill="currentColor" stroke="none" cx="16" cy="16" r="15"/><path d="M9 16.5l5 5L23 11"/>',
  ),
  attention: svg(
    '#c47a00',
    '<path fill="currentColor" stroke="none" d="M14 2.500a2.300 2.300 0 0 1 4 0l13.500 24a2.300 2.300 0 0 1-2 3.500H2.500a2.300 2.300 0 0 1-2-3.500z"/><path d="M16 11v9M16 25v.2"/>',
  ),
  danger: svg(
    LIGHT.danger,
    '<path fill="currentColor" stroke="none" d="M10 1h12l9 9v12l-9 9H10l-9-9V10z"/><path d="M11 11l10 10M21 11L11 21"/>',
  ),
  none: svg(
    LIGHT.none,
    '<circle fill="currentColor" stroke="none" cx="16" cy="16" r="15"/><path d="M10 16h12"/>',
  ),
};

/** Of a page whose server does not answer: what it says may no longer hold. */
export const AWAY_ICON = svg(
  LIGHT.none,
  '<circle fill="currentColor" stroke="none" cx="16" cy="16" r="15"/><path d="M11 12a5 5 0 1 1 7 4.600q-2 1-2 3.400M16 25v.2"/>',
);
