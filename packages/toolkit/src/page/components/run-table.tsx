import type { RunRow } from '../model/runs.js';
import { TableBox } from './table-box.js';
import { When } from './when.js';

/** What was tried, and what became of it. */
export function RunTable({ rows }: { readonly rows: readonly RunRow[] }) {
  if (rows.length === 0) return <p class="empty">No history yet: the next run begins it.</p>;
  return (
    <TableBox label="Runs">
      <table id="run-table">
        <caption class="unseen">The last runs, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Begun</th>
            <th scope="col">What</th>
            <th scope="col">Result</th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col" class="number">
              Amount
            </th>
            <th scope="col">Set, or what went wrong</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.started.iso} ${row.kind}`}>
              <th scope="row">
                <When moment={row.started} show="plain" />
              </th>
              <td>{row.kind}</td>
              <td>
                <span class={`mark-word mark-${row.result}`}>{row.resultWord}</span>
              </td>
              <td class="number">{row.took}</td>
              <td class="number">{row.amount}</td>
              <td class="about">{row.about}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
