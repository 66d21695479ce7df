import type { ActionsView, ActionView } from '../model/actions.js';
import { Form } from './form.js';

interface ActionsProps {
  readonly actions: ActionsView;
  readonly href: string;
  readonly csrf: string;
}

/** Buttons that start jobs; none for those who may not. */
export function Actions({ actions, href, csrf }: ActionsProps) {
  if (actions.kind === 'none') return null;
  if (actions.kind === 'wait') return <Wait whose={actions.whose} />;
  return (
    <ul class="actions">
      {actions.forms.map((action) => (
        <li key={action.kind}>
          <Form
            action={`${href}/jobs`}
            csrf={csrf}
            class="action"
            label={action.label}
            hidden={{ kind: action.kind }}
          >
            <Levels action={action} />
            <button
              type="submit"
              class={action.kind === 'backup' ? 'button button-main' : 'button'}
              id={`start-${action.kind}`}
              aria-describedby={`about-${action.kind}`}
            >
              {action.label}
            </button>
            <p class="quiet" id={`about-${action.kind}`}>
              {action.does}
            </p>
          </Form>
        </li>
      ))}
    </ul>
  );
}

function Wait({ whose }: { readonly whose: string | undefined }) {
  const which = whose === undefined ? 'this one' : `that of ${whose}, which is backed up together with it,`;
  return <p class="quiet">One job at a time: the next can be started when {which} has ended.</p>;
}

function Levels({ action }: { readonly action: ActionView }) {
  if (action.levels.length === 0) return null;
  return (
    <select name="level" id={`level-${action.kind}`} aria-label={`${action.label}: how much`}>
      {action.levels.map((level) => (
        <option value={level} key={level}>
          {level}
        </option>
      ))}
    </select>
  );
}
