import type { Level } from '../model/verdict.js';

/** A shape for each level, so that none is told by colour alone. */
export function LevelSymbol({ level }: { readonly level: Level }) {
  return (
    <svg class="symbol" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      {SHAPES[level]}
    </svg>
  );
}

const SHAPES = {
  safe: (
    <>
      <circle class="symbol-body" cx="16" cy="16" r="14" />
      <path class="symbol-sign" d="M9.5 16.5l4.5 4.5 8.5-10" />
    </>
  ),
  attention: (
    <>
      <path class="symbol-body" d="M14.3 3.6a2 2 0 0 1 3.4 0l13 22.4a2 2 0 0 1-1.7 3H3a2 2 0 0 1-1.7-3z" />
      <path class="symbol-sign" d="M16 12v7.5M16 24v.2" />
    </>
  ),
  danger: (
    <>
      <path class="symbol-body" d="M10.2 2h11.6L30 10.2v11.6L21.8 30H10.2L2 21.8V10.2z" />
      <path class="symbol-sign" d="M11 11l10 10M21 11L11 21" />
    </>
  ),
  none: (
    <>
      <circle class="symbol-ring" cx="16" cy="16" r="13" />
      <path class="symbol-dash" d="M10 16h12" />
    </>
  ),
} as const;

/** The mark of the product: an eye that a rope is made fast to. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M12 3v18M4 13a8 8 0 0 0 16 0M4 13l-2 2.5M4 13l2.4 2M20 13l2 2.5M20 13l-2.4 2M8.5 9h7" />
    </svg>
  );
}
