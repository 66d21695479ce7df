export { type ArchiveStorage, readArchiveStatus } from './archives/read-archive-status.js';
export { statusMetrics } from './figures/metrics.js';
export { type ReadStatusOptions, readStatus } from './reading/read-status.js';
export type {
  LockStatus,
  SetSummary,
  SourceStatus,
  StorageStatus,
  Uncovered,
  Verdict,
} from './status.js';
export { type StatusData, type StatusDataOptions, statusData } from './status-data.js';
export { type Stored, storedOf } from './stored.js';
export { coveredUntil } from './verdict/covered.js';
export type { Unjudged } from './verdict/finding.js';
export { DEFAULT_THRESHOLDS, type Thresholds } from './verdict/thresholds.js';
export { verdictOf } from './verdict/verdict.js';
