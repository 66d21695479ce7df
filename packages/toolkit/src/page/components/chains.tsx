import type { ChainsView, ChainView, MarkView } from '../model/chains.js';
import { counted } from '../words/bytes.js';

/** Full backups with what was added to them, on one line of time. */
export function Chains({ view }: { readonly view: ChainsView }) {
  return (
    <div class="chains" id="chains">
      <ol>
        {view.chains.map((chain) => (
          <li key={chain.id}>
            <p class="chain-head">
              <b>{chain.title}</b> <span class="quiet figures">{chain.words}</span>
            </p>
            <Line chain={chain} />
          </li>
        ))}
      </ol>
      <svg class="chain-axis" aria-hidden="true" focusable="false">
        {view.ticks.map(({ percent, label }) => (
          <text x={`${percent}%`} y="14" text-anchor="middle" key={label}>
            {label}
          </text>
        ))}
        <text x="100%" y="14" text-anchor="end">
          now
        </text>
      </svg>
      <p class="legend quiet">
        <Key shape="full" state="sound" word="full" />{' '}
        <Key shape="increment" state="sound" word="increment" />{' '}
        <Key shape="increment" state="unchecked" word="hollow: not checked" />{' '}
        <Key shape="increment" state="damaged" word="damaged" />
      </p>
      {view.older > 0 ? (
        <p class="quiet">{counted(view.older, 'older chain')} not drawn; the table has their sets.</p>
      ) : null}
    </div>
  );
}

function Line({ chain }: { readonly chain: ChainView }) {
  const first = chain.marks[0]!;
  const last = chain.marks.at(-1)!;
  return (
    <svg class="chain-line" role="img" aria-label={`${chain.title}: ${chain.words}`}>
      <line class="chain-track" x1="0" x2="100%" y1="14" y2="14" />
      {chain.joined ? (
        <line class="chain-link" x1={`${first.at}%`} x2={`${last.at}%`} y1="14" y2="14" />
      ) : null}
      {chain.marks.map((mark) => (
        <svg class="chain-mark" x={`${mark.at}%`} y="14" key={mark.title}>
          <title>{mark.title}</title>
          <Shape mark={mark} />
        </svg>
      ))}
    </svg>
  );
}

function Shape({ mark: { shape, state } }: { readonly mark: Pick<MarkView, 'shape' | 'state'> }) {
  if (state === 'damaged') return <path class="mark-damaged" d="M-5 -5L5 5M5 -5L-5 5" />;
  const name = `mark-shape mark-shape-${state}`;
  if (shape === 'full') return <rect class={name} x="-6.5" y="-6.5" width="13" height="13" rx="2" />;
  if (shape === 'increment') return <circle class={name} r="4.5" />;
  return <path class={name} d="M0 -6.5L6.5 0L0 6.5L-6.5 0Z" />;
}

function Key({ word, ...mark }: Pick<MarkView, 'shape' | 'state'> & { readonly word: string }) {
  return (
    <span class="legend-key">
      <svg viewBox="-8 -8 16 16" aria-hidden="true">
        <Shape mark={mark} />
      </svg>
      {word}
    </span>
  );
}
