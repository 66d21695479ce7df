import type { SnapshotView } from '../model/snapshot.js';
import { durationInWords } from '../words/times.js';
import { Form } from './form.js';
import { When } from './when.js';

interface SnapshotProps {
  readonly snapshot: SnapshotView;
  readonly href: string;
  readonly csrf: string;
}

/** Whether the storage is frozen, by whom, until when; and how to enter and leave. */
export function Snapshot({ snapshot, href, csrf }: SnapshotProps) {
  return (
    <>
      <p class={`state mark-snapshot-${snapshot.state}`}>{WORDS[snapshot.state]}</p>
      <p>{snapshot.sentence}</p>
      <SnapshotFacts snapshot={snapshot} />
      {snapshot.action === 'enter' ? (
        <Form action={`${href}/enterSnapshot`} csrf={csrf} class="action" label="Snapshot">
          <button type="submit" class="button" id="enter-snapshot" aria-describedby="about-snapshot">
            Enter snapshot
          </button>
          <p class="quiet" id="about-snapshot">
            It is left by itself after {durationInWords(snapshot.life)}.
          </p>
        </Form>
      ) : null}
      {snapshot.action === 'leave' ? (
        <Form
          action={`${href}/leaveSnapshot`}
          csrf={csrf}
          class="action"
          label="Snapshot"
          hidden={{ code: snapshot.code ?? '' }}
        >
          <button type="submit" class="button" id="leave-snapshot" aria-describedby="about-snapshot">
            Leave snapshot
          </button>
          <p class="quiet" id="about-snapshot">
            Who works in it now loses it.
          </p>
        </Form>
      ) : null}
    </>
  );
}

const WORDS: Readonly<Record<SnapshotView['state'], string>> = {
  none: 'Live',
  held: 'Frozen',
  foreign: 'Frozen',
  unknown: 'Not known',
};

function SnapshotFacts({ snapshot }: { readonly snapshot: SnapshotView }) {
  const { code, by, entered, until, frozen } = snapshot;
  if (code === undefined) return null;
  return (
    <dl class="pairs">
      <dt>Code</dt>
      <dd class="code">{code}</dd>
      {by === undefined ? null : (
        <>
          <dt>Entered by</dt>
          <dd>{by}</dd>
        </>
      )}
      {entered === undefined ? null : (
        <>
          <dt>Entered</dt>
          <dd>
            <When moment={entered} />
          </dd>
        </>
      )}
      {until === undefined ? null : (
        <>
          <dt>Left by itself</dt>
          <dd>
            <When moment={until} />, unless it is renewed
          </dd>
        </>
      )}
      {frozen === undefined ? null : (
        <>
          <dt>Frozen</dt>
          <dd class="figures">{frozen}</dd>
        </>
      )}
    </dl>
  );
}
