/** Head, foot, verdict, facts, cards. */
export const FRAME_STYLE = `
.site-head, main, .site-foot { max-width: 72rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2.5rem); }
.site-head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.25rem 1rem; padding-block: 1.25rem; }
.brand { display: inline-flex; align-items: center; gap: 0.5rem; font: 600 1.125rem/1 var(--display); color: var(--ink); text-decoration: none; }
.brand .mark { width: 1.5rem; height: 1.5rem; }
.mark path { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.head-title { flex: 1; color: var(--quiet); font-size: 0.9375rem; padding-left: 1rem; border-left: 1px solid var(--hairline); }
.head-facts { display: flex; flex-wrap: wrap; gap: 0 1.25rem; font-size: 0.875rem; color: var(--quiet); }
.head-facts b { font-weight: 600; color: var(--ink); }
.away .read-at { padding: 0.1rem 0.6rem; border-radius: 6px; font-weight: 700; color: var(--attention); background: var(--attention-ground); }
.away main { filter: grayscale(1); }
.site-foot { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.5rem 2rem; padding-block: 2.5rem; font-size: 0.875rem; color: var(--quiet); }
.site-foot a { margin-left: 1.25rem; }
.site-foot a:first-child { margin-left: 0; }
.crumbs { font-size: 0.875rem; color: var(--quiet); margin-bottom: 0.75rem; }
.lead { font-size: clamp(1.75rem, 4vw, 2.25rem); max-width: 40rem; margin-block: 1rem 1.75rem; text-wrap: balance; }
.symbol { width: 1em; height: 1em; flex: none; }
.symbol-body { fill: currentColor; }
.symbol-sign { fill: none; stroke: var(--surface); stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; }
.symbol-ring { fill: none; stroke: currentColor; stroke-width: 2.5; stroke-dasharray: 4 3; }
.symbol-dash { fill: none; stroke: currentColor; stroke-width: 3; stroke-linecap: round; }
.badge { display: inline-flex; align-items: center; gap: 0.5rem; font-weight: 700; line-height: 1.2; }
.badge .symbol { font-size: 1.5rem; }
.badge-safe { color: var(--safe); } .badge-attention { color: var(--attention); }
.badge-danger { color: var(--danger); } .badge-none { color: var(--none); }
.verdict, .card { background: var(--surface); border: 1px solid var(--hairline); border-radius: 10px; overflow: hidden; }
.verdict > *, .card > * { margin-inline: clamp(1.25rem, 3vw, 2rem); }
.verdict > :last-child, .card > :last-child { margin-bottom: clamp(1.25rem, 3vw, 1.75rem); }
.verdict > .tinted, .card > .tinted { margin-inline: 0; padding: clamp(1.1rem, 3vw, 1.6rem) clamp(1.25rem, 3vw, 2rem); }
.card > .tinted:last-child, .verdict > .tinted:last-child { margin-bottom: 0; }
.card + .card { margin-top: 1.25rem; }
.level-safe .tinted { background: var(--safe-ground); } .level-attention .tinted { background: var(--attention-ground); }
.level-danger .tinted { background: var(--danger-ground); } .level-none .tinted { background: var(--none-ground); }
.verdict .badge { font-size: 1.125rem; margin-bottom: 0.75rem; }
.verdict .badge .symbol { font-size: 2.25rem; }
.verdict h1 { overflow-wrap: anywhere; }
.tinted .quiet { color: var(--ink); }
.fact-note, .fact dt { color: var(--quiet); }
.headline { font: 500 1.25rem/1.4 var(--display); max-width: 46rem; margin-top: 0.75rem; text-wrap: pretty; }
.card-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1rem; }
.card-head .badge { align-self: center; order: 2; margin-left: auto; }
.card-head h2 { font-size: 1.5rem; overflow-wrap: anywhere; }
.card .headline { margin-top: 0.35rem; font-size: 1.125rem; }
.card-note { margin-top: 1.25rem; }
.card .jobs { margin-top: 1.25rem; padding-top: 1.1rem; border-top: 1px solid var(--hairline); }
.problems { margin-top: 1rem; max-width: 46rem; }
.problems li { padding-left: 1.5rem; position: relative; }
.problems li::before { content: "!"; position: absolute; left: 0.35rem; font-weight: 700; }
.facts { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1.25rem 1.75rem; margin-top: 1.35rem; }
.fact + .fact { border-left: 1px solid var(--hairline); padding-left: 1.75rem; }
.fact dt { font-size: 0.875rem; }
.fact-value { display: block; font: 600 1.25rem/1.3 var(--display); margin-block: 0.1rem 0.25rem; overflow-wrap: anywhere; }
.fact-note { display: block; font-size: 0.875rem; line-height: 1.45; overflow-wrap: anywhere; }
.tone-bad .fact-value { color: var(--danger); }
.tone-good .fact-value { color: var(--safe); }
.reasons { margin-top: 1.25rem; }
.reasons ul { margin-top: 0.5rem; max-width: 46rem; display: grid; gap: 0.25rem; }
.error { padding-block: 2rem 3rem; display: grid; gap: 1rem; max-width: 46rem; }
.error .lead { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 60rem) { .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); } .fact:nth-child(odd) { border-left: 0; padding-left: 0; } }
@media (max-width: 40rem) {
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0.9rem; }
  .fact + .fact { border-left: 0; padding-left: 0; border-top: 1px solid var(--hairline); padding-top: 0.9rem; }
  .card-head .badge { order: -1; margin-left: 0; width: 100%; }
  .head-title { padding-left: 0.75rem; }
  .head-facts { flex-basis: 100%; }
}
`;
