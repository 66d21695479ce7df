import type { ComponentChildren } from 'preact';
import { TableBox } from '../components/table-box.js';
import { When } from '../components/when.js';
import type { Moment } from '../words/times.js';
import { thin } from './point.js';

interface FigureProps {
  readonly id: string;
  readonly title: string;
  /** The last value, large. */
  readonly now: string;
  readonly note: string;
  /** Instead of a chart. */
  readonly empty: string | undefined;
  /** The same as the chart, in words; oldest first. */
  readonly rows: readonly { readonly time: Moment; readonly words: string }[];
  readonly column: string;
  readonly children: ComponentChildren;
}

const MOST_ROWS = 30;

/** A chart with what it says in one number, and as a table for those who cannot see it. */
export function Figure({ id, title, now, note, empty, rows, column, children }: FigureProps) {
  return (
    <figure class={empty === undefined ? 'figure' : 'figure figure-empty'} id={`chart-${id}`}>
      <figcaption>
        <h3>{title}</h3>
        {empty === undefined ? (
          <p>
            <span class="figure-now">{now}</span> <span class="quiet">{note}</span>
          </p>
        ) : null}
      </figcaption>
      {empty === undefined && children !== undefined ? (
        <>
          {children}
          <details id={`table-${id}`}>
            <summary aria-label={`${title} as a table`}>As a table</summary>
            <Table title={title} rows={thin(rows, MOST_ROWS)} column={column} />
          </details>
        </>
      ) : (
        <p class="empty">{empty ?? 'Nothing that could be drawn.'}</p>
      )}
    </figure>
  );
}

function Table({ title, rows, column }: Pick<FigureProps, 'title' | 'rows' | 'column'>) {
  return (
    <TableBox label={`${title}, table`}>
      <table>
        <caption class="unseen">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">{column}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, words }) => (
            <tr key={time.iso}>
              <th scope="row">
                <When moment={time} show="plain" />
              </th>
              <td class="figures">{words}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
