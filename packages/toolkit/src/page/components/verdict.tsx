import type { VerdictView } from '../model/verdict.js';
import { LevelSymbol } from './symbols.js';
import { Words } from './words.js';

/** The level as symbol, word and colour. */
export function Badge({
  verdict: { level, word },
}: {
  readonly verdict: Pick<VerdictView, 'level' | 'word'>;
}) {
  return (
    <p class={`badge badge-${level}`}>
      <LevelSymbol level={level} />
      <span>{word}</span>
    </p>
  );
}

/** What could not be read, or does not fit together. */
export function Problems({ problems }: { readonly problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <ul class="problems" aria-label="Problems">
      {problems.map((problem) => (
        <li key={problem}>
          <Words text={problem} />
        </li>
      ))}
    </ul>
  );
}

export function Reasons({ reasons }: { readonly reasons: readonly string[] }) {
  if (reasons.length === 0) return null;
  return (
    <details id="reasons" class="reasons">
      <summary>Why</summary>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>
            <Words text={reason} />
          </li>
        ))}
      </ul>
    </details>
  );
}
