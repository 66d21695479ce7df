import type { LockRow } from '../model/locks.js';
import { TableBox } from './table-box.js';

/** Who holds which lock. */
export function LockTable({ rows }: { readonly rows: readonly LockRow[] }) {
  if (rows.length === 0) return <p class="empty">No lock belongs to this storage.</p>;
  return (
    <TableBox label="Locks">
      <table id="lock-table">
        <caption class="unseen">Who holds which lock</caption>
        <thead>
          <tr>
            <th scope="col">Keeps</th>
            <th scope="col">State</th>
            <th scope="col">Held by</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ what, keeps, state, stateWord, holder }) => (
            <tr key={`${what} ${keeps}`}>
              <th scope="row">{keeps}</th>
              <td>
                <span class={`mark-word mark-lock-${state}`}>{stateWord}</span>
              </td>
              <td>{holder}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
