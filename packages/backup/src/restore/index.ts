export { blobSource } from './blob-source.js';
export type { RestorePlan } from './plan.js';
export { planRestore, refuseProblems } from './plan-restore.js';
export { type Recovery, type RestorePlaces, recoverRestore } from './recover.js';
export type { RestoreReport } from './report.js';
export type { BlobSource, BuiltPair, PairCheck, RestoreRequest, StorageRestore } from './request.js';
export { restoreSet } from './restore-set.js';
