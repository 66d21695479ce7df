/** The colours of the page by their use. Text on its ground has a contrast of 4.5 at least, light and dark (tested). */
export interface Palette {
  /** Behind everything, and of what lies on it. */
  readonly ground: string;
  readonly surface: string;
  readonly ink: string;
  readonly quiet: string;
  readonly hairline: string;
  readonly edge: string;
  readonly accent: string;
  readonly 'on-accent': string;
  readonly second: string;
  readonly safe: string;
  readonly 'safe-ground': string;
  readonly attention: string;
  readonly 'attention-ground': string;
  readonly danger: string;
  readonly 'danger-ground': string;
  readonly none: string;
  readonly 'none-ground': string;
}

export const LIGHT: Palette = {
  ground: '#f4f3ee',
  surface: '#fdfcf9',
  ink: '#1a2427',
  quiet: '#55625f',
  hairline: '#dedbd1',
  edge: '#7d8783',
  accent: '#12575c',
  'on-accent': '#ffffff',
  second: '#8fb4b3',
  safe: '#1c6a3d',
  'safe-ground': '#e4f0e6',
  attention: '#7f4c00',
  'attention-ground': '#faecd2',
  danger: '#9e2320',
  'danger-ground': '#fae5e1',
  none: '#49565b',
  'none-ground': '#e8eae8',
};

export const DARK: Palette = {
  ground: '#0f1416',
  surface: '#161d20',
  ink: '#e5eae8',
  quiet: '#9dabaa',
  hairline: '#29343a',
  edge: '#6f7f83',
  accent: '#74c8c4',
  'on-accent': '#0b1718',
  second: '#3f7274',
  safe: '#84d4a2',
  'safe-ground': '#13281c',
  attention: '#f1be66',
  'attention-ground': '#2d2412',
  danger: '#ffa196',
  'danger-ground': '#371917',
  none: '#b4c0c2',
  'none-ground': '#1f282b',
};

export function declarations(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ');
}
