import { createHash } from 'node:crypto';
import type { Level } from '../model/verdict.js';
import { BASE } from '../style/base.js';
import { FRAME_STYLE } from '../style/frame.js';
import { PARTS_STYLE } from '../style/parts.js';
import { ICONS } from './icons.js';
import { PAGE_SCRIPT } from './page-script.js';

/** What a page refers to, by addresses that change with what is there: it may be kept for ever. */
export interface Asset {
  readonly address: string;
  readonly type: string;
  readonly text: string;
}

export interface PageAddresses {
  readonly style: string;
  readonly script: string;
  readonly icons: Readonly<Record<Level, string>>;
}

const STYLE = asset('style', 'css', 'text/css; charset=utf-8', BASE + FRAME_STYLE + PARTS_STYLE);
const SCRIPT = asset('page', 'js', 'text/javascript; charset=utf-8', PAGE_SCRIPT);
const ICON_ASSETS = {
  danger: icon('danger'),
  attention: icon('attention'),
  none: icon('none'),
  safe: icon('safe'),
};

export const ASSETS: readonly Asset[] = [STYLE, SCRIPT, ...Object.values(ICON_ASSETS)];

export const ADDRESSES: PageAddresses = {
  style: STYLE.address,
  script: SCRIPT.address,
  icons: {
    danger: ICON_ASSETS.danger.address,
    attention: ICON_ASSETS.attention.address,
    none: ICON_ASSETS.none.address,
    safe: ICON_ASSETS.safe.address,
  },
};

function icon(level: Level): Asset {
  return asset(`icon-${level}`, 'svg', 'image/svg+xml; charset=utf-8', ICONS[level]);
}

function asset(name: string, ending: string, type: string, text: string): Asset {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { address: `/assets/${name}-${hash}.${ending}`, type, text };
}
