import type { ToolkitStorage } from '../../storages.js';
import { bytesInWords, counted } from '../words/bytes.js';
import { type Moment, momentOf } from '../words/times.js';
import { type ActionsView, actionsView } from './actions.js';
import { type ChainsView, chainsView } from './chains.js';
import { type Fact, factsOf } from './facts.js';
import { type GrowthView, growthViews } from './growth.js';
import { type JobView, jobView } from './jobs.js';
import { type LockRow, lockRows } from './locks.js';
import { type DurationView, durationViews, type RunRow, runRows } from './runs.js';
import type { SeenStorage, Viewer } from './seen.js';
import { type SetRows, setRows } from './set-rows.js';
import { type SnapshotView, snapshotView } from './snapshot.js';
import { LEVELS, type VerdictView, verdictView } from './verdict.js';

/** A storage in a list of all. */
export interface StorageCard {
  readonly name: string;
  readonly href: string;
  /** `FileStorage`, `DirectoryStorage`. */
  readonly kind: string;
  readonly verdict: VerdictView;
  /** Four; none where the storage is not backed up here. */
  readonly facts: readonly Fact[];
  readonly snapshot: SnapshotView;
  readonly running: readonly JobView[];
}

/** A storage in full. */
export interface StorageView extends StorageCard {
  /** How large it is now. */
  readonly source: string | undefined;
  /** It is backed up here, or was. */
  readonly hasJobs: boolean;
  readonly actions: ActionsView;
  /** Ended ones, newest first. */
  readonly ended: readonly JobView[];
  /** Undefined: not backed up here, or not to be read. */
  readonly backups: BackupsView | undefined;
}

export interface BackupsView {
  readonly count: number;
  readonly chains: ChainsView;
  readonly sets: SetRows;
  readonly growth: readonly GrowthView[];
  readonly durations: readonly DurationView[];
  readonly locks: readonly LockRow[];
  readonly runs: readonly RunRow[];
}

export interface PageHead {
  readonly title: string;
  readonly user: string;
  readonly csrf: string;
  /** Of the page itself, without a fragment: a browser that is sent to `#job-…` again does not load anything. */
  readonly href: string;
  /** When the backups were looked at; of several, those that were looked at first. */
  readonly readAt: Moment;
  /** A job runs: the page is read again soon. */
  readonly busy: boolean;
}

export interface OverviewModel {
  readonly head: PageHead;
  readonly sentence: string;
  readonly level: VerdictView['level'];
  /** The worst first, then by name. */
  readonly storages: readonly StorageCard[];
}

export interface StorageModel {
  readonly head: PageHead;
  readonly storage: StorageView;
}

export function overviewModel(seen: readonly SeenStorage[], viewer: Viewer): OverviewModel {
  const storages = seen.map((one) => storageCard(one, viewer)).sort(byUrgency);
  return {
    head: pageHead('/', seen, viewer),
    sentence: sentenceOf(storages),
    level: storages[0]?.verdict.level ?? 'none',
    storages,
  };
}

export function storageModel(seen: SeenStorage, viewer: Viewer): StorageModel {
  const { status: of } = seen;
  const status = of.kind === 'read' ? of.status : undefined;
  const ended = seen.jobs.filter(({ state }) => state !== 'running').slice(0, 3);
  return {
    head: pageHead(hrefOf(seen.storage.name), [seen], viewer),
    storage: {
      ...storageCard(seen, viewer),
      source: status?.source.bytes === undefined ? undefined : bytesInWords(status.source.bytes),
      hasJobs: seen.storage.backups !== undefined || seen.jobs.length > 0,
      actions: actionsView(seen, viewer),
      ended: ended.map((job) => jobView(job, viewer)),
      backups: status && {
        count: status.sets.length,
        chains: chainsView(status.sets, viewer.nowMs),
        sets: setRows(status.sets, viewer, status.kind),
        growth: growthViews(status),
        durations: durationViews(status, viewer.nowMs),
        locks: lockRows(status.locks, viewer.paths),
        runs: runRows(status, viewer),
      },
    },
  };
}

/** Where the page of a storage is. */
export function hrefOf(name: string): string {
  return `/${encodeURIComponent(name)}`;
}

function storageCard(seen: SeenStorage, viewer: Viewer): StorageCard {
  const { storage, status } = seen;
  return {
    name: storage.name,
    href: hrefOf(storage.name),
    kind: kindOf(storage),
    verdict: verdictView(status, viewer.paths),
    facts: status.kind === 'read' ? factsOf(status.status, viewer.nowMs) : [],
    snapshot: snapshotView(seen, viewer),
    running: seen.jobs.filter(({ state }) => state === 'running').map((job) => jobView(job, viewer)),
  };
}

function kindOf({ source }: ToolkitStorage): string {
  if (source.kind === 'filestorage') return 'FileStorage';
  return source.kind === 'zope' ? 'DirectoryStorage in a Zope' : 'DirectoryStorage';
}

function pageHead(href: string, seen: readonly SeenStorage[], viewer: Viewer): PageHead {
  const readings = seen.flatMap(({ status }) => (status.kind === 'read' ? [status.status.readAtMs] : []));
  return {
    title: viewer.title,
    user: viewer.identity.user,
    csrf: viewer.csrf,
    href,
    readAt: momentOf(Math.min(viewer.nowMs, ...readings), viewer.nowMs),
    busy: seen.some(({ busyWith }) => busyWith !== undefined),
  };
}

function byUrgency(a: StorageCard, b: StorageCard): number {
  const rank = LEVELS.indexOf(a.verdict.level) - LEVELS.indexOf(b.verdict.level);
  return rank === 0 ? (a.name < b.name ? -1 : 1) : rank;
}

/** @param storages the worst first */
function sentenceOf(storages: readonly StorageCard[]): string {
  const of = (level: string) => storages.filter(({ verdict }) => verdict.level === level).length;
  if (storages.length === 0) return 'This server looks after no storage.';
  const whole = counted(storages.length, 'storage');
  if (of('danger') > 0) return `${of('danger')} of ${whole} ${of('danger') === 1 ? 'is' : 'are'} in danger.`;
  if (of('attention') > 0) return `${of('attention')} of ${whole} to be looked at; none is in danger.`;
  if (of('safe') === storages.length)
    return storages.length === 1 ? 'The storage is safe.' : `All ${whole} are safe.`;
  if (of('safe') === 0) return 'No storage is backed up by this server.';
  return `${of('safe')} of ${whole} ${of('safe') === 1 ? 'is' : 'are'} safe; the rest is not backed up by this server.`;
}
