/** What lies below the verdict: jobs, snapshot, chains, tables, charts. */
export const PARTS_STYLE = `
.part { margin-top: 2.75rem; min-width: 0; }
.part > h2 { margin-bottom: 1rem; }
.part h3 { margin-block: 1.5rem 0.5rem; }
.columns { display: grid; grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); gap: 0 3.5rem; }
.jobs { display: grid; gap: 0.9rem; }
.part .jobs + .actions, .part .jobs + .quiet { margin-top: 1.25rem; }
.job-progress { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1rem; margin-block: 0.35rem 0.6rem; }
progress { appearance: none; flex: 1 1 16rem; max-width: 32rem; height: 0.6rem; border: 0; border-radius: 0.3rem; overflow: hidden; background: var(--hairline); color: var(--accent); }
progress::-webkit-progress-bar { background: var(--hairline); }
progress::-webkit-progress-value { background: var(--accent); }
progress::-moz-progress-bar { background: var(--accent); }
progress:indeterminate { background: repeating-linear-gradient(115deg, var(--accent) 0 10px, var(--second) 10px 20px); }
progress:indeterminate::-webkit-progress-bar { background: transparent; }
.job-message { max-width: 46rem; overflow-wrap: anywhere; }
.actions { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.1rem 2rem; }
.action { display: flex; flex-wrap: wrap; align-items: center; gap: 0.35rem 0.6rem; }
.action select { order: 1; }
.action > p { order: 2; flex-basis: 100%; font-size: 0.875rem; }
.part > .action { margin-top: 1rem; }
.state { font: 600 1.25rem/1.3 var(--display); }
.pairs { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.2rem 1.25rem; margin-top: 0.75rem; font-size: 0.9375rem; }
.pairs dt { color: var(--quiet); }
.mark-word { font-weight: 600; }
.mark-sound, .mark-done { color: var(--safe); }
.mark-damaged, .mark-failed { color: var(--danger); }
.mark-unchecked, .mark-lock-free { font-weight: 400; color: var(--quiet); }
.mark-cancelled, .mark-interrupted, .mark-lock-unknown, .mark-snapshot-unknown { color: var(--attention); }
.mark-lock-held, .mark-snapshot-held, .mark-snapshot-foreign { color: var(--accent); }
.mark-snapshot-none { color: var(--quiet); }
.chains > ol { display: grid; gap: 0.65rem; }
.chains > ol > li { display: grid; grid-template-columns: 17.5rem minmax(0, 1fr); align-items: center; }
.chain-head { font-size: 0.9375rem; }
.chain-head .quiet { display: block; font-size: 0.875rem; }
.chain-line { display: block; width: calc(100% - 16px); height: 28px; margin-inline: 8px; overflow: visible; }
.chain-mark { overflow: visible; }
.chain-track { stroke: var(--hairline); stroke-width: 1; }
.chain-link { stroke: var(--second); stroke-width: 3; }
.mark-shape { stroke: var(--accent); stroke-width: 2; fill: var(--accent); }
.mark-shape-unchecked { fill: var(--ground); }
path.mark-damaged { stroke: var(--danger); stroke-width: 3; stroke-linecap: round; fill: none; }
.chain-axis { display: block; width: calc(100% - 17.5rem - 16px); height: 20px; margin: 0.25rem 8px 0 calc(17.5rem + 8px); overflow: visible; font-size: 0.8125rem; fill: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; font-size: 0.875rem; margin-block: 0.5rem 1.5rem; }
.legend-key { display: inline-flex; align-items: center; gap: 0.4rem; }
.legend-key svg { width: 1rem; height: 1rem; }
.table-box { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.5rem; }
th, td { text-align: left; vertical-align: baseline; padding: 0.5rem 1.25rem 0.5rem 0; border-bottom: 1px solid var(--hairline); font-weight: 400; white-space: nowrap; }
thead th { color: var(--quiet); font-size: 0.8125rem; border-bottom-color: var(--edge); }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; }
.about { white-space: normal; min-width: 14rem; overflow-wrap: anywhere; }
.checked { white-space: normal; min-width: 9rem; overflow-wrap: anywhere; }
#lock-table td:last-child { white-space: normal; min-width: 12rem; }
details > summary + * { margin-top: 0.75rem; }
#older-sets { margin-top: 1rem; }
.figures-row { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 2rem 2.5rem; }
.figure figcaption { min-height: 4.25rem; }
.figure-empty figcaption { min-height: 0; margin-bottom: 0.35rem; }
.figure h3 { margin: 0; color: var(--quiet); font-weight: 500; }
.figure-now { font: 600 1.375rem/1.3 var(--display); margin-right: 0.25rem; }
.figure details { font-size: 0.875rem; }
.figure .table-box { max-height: 16rem; overflow-y: auto; }
.chart { display: block; width: 100%; height: auto; margin-bottom: 0.5rem; overflow: visible; }
.chart .tick { font: 12px var(--text); fill: var(--quiet); }
.chart .grid { stroke: var(--hairline); stroke-width: 1; }
.chart .axis { stroke: var(--edge); stroke-width: 1; }
.chart .line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.chart .area { fill: var(--accent); opacity: 0.1; }
.chart .last { fill: var(--accent); stroke: var(--ground); stroke-width: 2; }
.bar-major { fill: var(--accent); } .bar-minor { fill: var(--second); } .bar-failed { fill: var(--danger); }
.bar-cancelled { fill: var(--edge); }
@media (max-width: 60rem) {
  .chains > ol > li { grid-template-columns: minmax(0, 1fr); }
  .chain-axis { width: calc(100% - 16px); margin-left: 8px; }
}
@media (max-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr); } .figures-row { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 40rem) {
  .figures-row, .actions { grid-template-columns: minmax(0, 1fr); }
  .figure figcaption { min-height: 0; margin-bottom: 0.5rem; }
  .part { margin-top: 2.25rem; }
}
@media print {
  :root { --ground: #fff; --surface: #fff; }
  .site-foot nav, .actions, .action, .job-cancel, .skip, summary { display: none; }
  .verdict, .card, .figure, tr { break-inside: avoid; }
  .verdict, .card { border: 1px solid #777; }
  .table-box { overflow: visible; }
  th, td { white-space: normal; }
}
`;
