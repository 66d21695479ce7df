import { mayDo } from '../auth/identity.js';
import type { HeldSnapshot } from '../snapshots/snapshot-keeper.js';
import type { CallContext } from './method.js';
import type { Value } from './value.js';

/** Of a FileStorage without a transaction, as `SNAPSHOT_TID` (docs/formats/snapshot-conf.md, "The environment"). */
const NO_TID = '0000000000000000';

/** What is told to whoever entered or renewed. Where the files lie is for the user who entered. */
export function enteredAnswer(context: CallContext, held: HeldSnapshot): ReadonlyMap<string, Value> {
  const { storage, identity } = context;
  const entered = identity.user === held.by && mayDo(identity, 'snapshot');
  return new Map<string, Value>([
    ...placeOf(storage.source, held).filter(([name]) => entered || (name !== 'path' && name !== 'directory')),
    ...sharedOf(storage.lifeSeconds, held),
  ]);
}

/** What is told to whoever asks. */
export function detailsAnswer(context: CallContext, held: HeldSnapshot): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ...enteredAnswer(context, held),
    ['by', held.by],
    ['entered', isoOf(held.enteredMs)],
    ['renewed', isoOf(held.renewedMs)],
  ]);
}

function sharedOf(lifeSeconds: number, held: HeldSnapshot): readonly (readonly [string, Value])[] {
  return [
    ['code', held.code],
    ['lifeSeconds', Math.floor(lifeSeconds)],
    ['until', isoOf(held.untilMs)],
  ];
}

/** Sizes are strings: an XML-RPC `int` has 32 bits. */
function placeOf(
  source: CallContext['storage']['source'],
  { frozen }: HeldSnapshot,
): readonly (readonly [string, Value])[] {
  if (frozen !== undefined) {
    return [
      ['path', frozen.path],
      ['size', String(frozen.size)],
      ['tid', frozen.tid ?? NO_TID],
    ];
  }
  return source.kind === 'filestorage' ? [] : [['directory', source.directory]];
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
