import type { SetRow, SetRows } from '../model/set-rows.js';
import { counted } from '../words/bytes.js';
import { TableBox } from './table-box.js';
import { When } from './when.js';

/** All sets, newest first; those of long ago are folded away. */
export function SetTable({ rows }: { readonly rows: SetRows }) {
  return (
    <>
      <Rows rows={rows.newest} caption="The newest backups" id="sets" />
      {rows.more.length === 0 ? null : (
        <details id="older-sets">
          <summary>{counted(rows.more.length, 'older backup')}</summary>
          <Rows rows={rows.more} caption="Older backups" id="sets-older" />
        </details>
      )}
      {rows.left === 0 ? null : (
        <p class="quiet">
          {counted(rows.left, 'more backup')} not shown: <code>holdfast list</code> shows all.
        </p>
      )}
    </>
  );
}

interface RowsProps {
  readonly rows: readonly SetRow[];
  readonly caption: string;
  readonly id: string;
}

function Rows({ rows, caption, id }: RowsProps) {
  return (
    <TableBox label={caption}>
      <table id={id}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Made</th>
            <th scope="col">Checked</th>
            <th scope="col">Kind</th>
            <th scope="col" class="number">
              Size then
            </th>
            <th scope="col" class="number">
              New in it
            </th>
            <th scope="col" class="number">
              Stored
            </th>
            <th scope="col">Blobs</th>
            <th scope="col" class="number">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr id={`set-${row.id}`} key={row.id}>
              <th scope="row">
                <When moment={row.made} show="plain" />
              </th>
              <td class="checked">
                <span class={`mark-word mark-${row.state}`}>{row.stateWords}</span>
              </td>
              <td>
                {row.kind}
                {row.notes.map((note) => (
                  <span class="quiet" key={note}>
                    , {note}
                  </span>
                ))}
              </td>
              <td class="number">{row.dataSize}</td>
              <td class="number">{row.added}</td>
              <td class="number">{row.stored}</td>
              <td>{row.blobs}</td>
              <td class="number">{row.took}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
