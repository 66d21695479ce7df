import { DARK, declarations, LIGHT } from './palette.js';

/** Colours, type, links, buttons. */
export const BASE = `
:root { color-scheme: light dark; ${declarations(LIGHT)}
  --text: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --display: ui-serif, "Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", "Liberation Serif", Georgia, serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
@media (prefers-color-scheme: dark) { :root { ${declarations(DARK)} } }
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 var(--text);
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1, h2 { font-family: var(--display); font-weight: 600; line-height: 1.2; letter-spacing: -0.01em; }
h1 { font-size: 2rem; } h2 { font-size: 1.375rem; } h3 { font-size: 1rem; font-weight: 600; }
a { color: var(--accent); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
time { white-space: nowrap; }
.quiet { color: var(--quiet); }
.figures { font-variant-numeric: tabular-nums; }
.code, code { font-family: var(--mono); font-size: 0.9em; overflow-wrap: anywhere; }
pre { margin: 0; overflow-x: auto; max-height: 20rem; }
.empty { color: var(--quiet); max-width: 44rem; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 1rem; background: var(--accent); color: var(--on-accent); z-index: 1; }
.skip:focus { top: 0.5rem; }
.button { display: inline-block; font: inherit; font-weight: 600; line-height: 1.25; color: var(--accent); background: var(--surface);
  border: 1px solid var(--edge); border-radius: 6px; padding: 0.5rem 0.95rem; cursor: pointer; text-decoration: none; transition: border-color 0.12s; }
.button:hover { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.button-main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.button-main:hover { box-shadow: inset 0 0 0 2px var(--on-accent); }
select { font: inherit; color: var(--ink); background: var(--surface); border: 1px solid var(--edge); border-radius: 6px; padding: 0.45rem 0.6rem; max-width: 100%; }
summary { cursor: pointer; color: var(--accent); width: fit-content; }
summary:hover { text-decoration: underline; text-underline-offset: 0.2em; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; scroll-behavior: auto !important; } }
`;
