import type { BlobBackup } from '@holdfast/blob-snapshot';
import type { Engine, RemovalStep } from '@holdfast/filestorage-backup';

/** What is to be kept and what is to be removed, as data: `prune --dry-run` shows it. */
export interface RetentionPlan {
  /** One for each set, oldest first. */
  readonly decisions: readonly Decision[];
  /** In the order in which they are safe: stopped between any two, what is left restores or is wholly gone. */
  readonly removals: readonly Removal[];
  /** Bytes of the data files that go; of blobs it is not known without looking, as they share their files. */
  readonly filestorageBytes: number;
}

export interface Decision {
  readonly id: string;
  readonly kept: boolean;
  /** In words, at least one: `keep = 2: it belongs to the 2 newest full backups`. */
  readonly reasons: readonly string[];
}

export type Removal =
  /** The record of a set, or what lies beside it: from then on the set is not offered. */
  | { readonly kind: 'set-file'; readonly directory: string; readonly name: string }
  | {
      readonly kind: 'filestorage';
      readonly storage: string;
      readonly engine: Pick<Engine, 'store' | 'failpoint'>;
      readonly step: RemovalStep;
    }
  | {
      readonly kind: 'blobs';
      readonly storage: string;
      readonly location: string;
      readonly backup: BlobBackup;
      readonly reason: string;
    };
