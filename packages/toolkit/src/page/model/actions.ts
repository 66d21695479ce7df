import { mayDo } from '../../auth/identity.js';
import type { CheckLevel, JobKind } from '../../jobs/job-board.js';
import type { StorageBackups } from '../../storages.js';
import type { SeenStorage, Viewer } from './seen.js';

/** A job that the viewer may start now. */
export interface ActionView {
  readonly kind: JobKind;
  readonly label: string;
  /** What it does, in one sentence. */
  readonly does: string;
  /** Of a check: how much it looks at, the usual one first. */
  readonly levels: readonly CheckLevel[];
}

const LEVELS: readonly CheckLevel[] = ['stored', 'quick', 'deep'];

const BACKUP = { kind: 'backup', label: 'Back up', levels: [] } as const;
const FULL = { kind: 'fullbackup', label: 'Full backup', levels: [] } as const;
const CHECK = { kind: 'verify', label: 'Check' } as const;
const PRUNE = { kind: 'prune', label: 'Clean up', levels: [] } as const;

const ACTIONS: Readonly<Record<StorageBackups['kind'], readonly ActionView[]>> = {
  site: [
    { ...BACKUP, does: 'Adds what is new since the last backup.' },
    { ...FULL, does: 'Copies the whole storage and begins a new chain.' },
    {
      ...CHECK,
      does: 'Looks for damage: quick by sizes and names, stored by all bytes, deep by all records.',
      levels: LEVELS,
    },
    { ...PRUNE, does: 'Removes the backups that the retention rules let go.' },
  ],
  archives: [
    { ...BACKUP, does: 'Archives what is new since the last archive.' },
    { ...FULL, does: 'Archives the whole storage.' },
    { ...CHECK, does: 'Reads the whole storage, in a snapshot of its own.', levels: [] },
  ],
};

export type ActionsView =
  | { readonly kind: 'forms'; readonly forms: readonly ActionView[] }
  /** A job runs, and there is one at a time. `whose`: the other storage of the site that it was started for. */
  | { readonly kind: 'wait'; readonly whose: string | undefined }
  | { readonly kind: 'none' };

export function actionsView({ storage, busyWith }: SeenStorage, viewer: Viewer): ActionsView {
  if (storage.backups === undefined || !mayDo(viewer.identity, 'backup')) return { kind: 'none' };
  if (busyWith !== undefined)
    return { kind: 'wait', whose: busyWith.storage === storage.name ? undefined : busyWith.storage };
  return { kind: 'forms', forms: ACTIONS[storage.backups.kind] };
}
