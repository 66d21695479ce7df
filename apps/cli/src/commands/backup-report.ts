import { type SetKind, type StorageResult, storageLines } from '@holdfast/backup';
import type { Output } from '../output.js';

/** What was done, or with `dryRun` would be, with one storage, for a person. */
export function tellStorage(output: Output, result: StorageResult, kind: SetKind, dryRun: boolean): void {
  for (const text of result.warnings) output.warn(text);
  for (const line of storageLines(result, kind, dryRun)) output.line(line);
}
