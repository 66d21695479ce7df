export type {
  LockStatus,
  SetSummary,
  SourceStatus,
  StorageStatus,
  Uncovered,
  Verdict,
} from './status.js';
