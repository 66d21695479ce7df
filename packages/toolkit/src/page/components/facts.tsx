import type { Fact } from '../model/facts.js';
import { When } from './when.js';

/** The four things that one wants to know in five seconds. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  if (facts.length === 0) return null;
  return (
    <dl class="facts">
      {facts.map((fact) => (
        <div class={`fact fact-${fact.id} tone-${fact.tone}`} key={fact.id}>
          <dt>{fact.term}</dt>
          <dd>
            <span class="fact-value">{fact.value}</span>
            <span class="fact-note">
              {fact.note}
              {fact.moment === undefined ? null : (
                <>
                  {' '}
                  <When moment={fact.moment} show="utc" />
                </>
              )}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
