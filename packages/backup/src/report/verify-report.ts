import type { VerifyKindsReport } from '../run/verify-kinds.js';
import { count, formatBytes, formatDuration } from './format.js';

const WHAT: Readonly<Record<VerifyKindsReport['level'], string>> = {
  quick: 'names, ranges and sizes',
  stored: 'every stored byte of the filestorage, the size of every blob, and that they fit together',
  deep: 'every byte, every transaction and every blob',
};

/** What `holdfast verify --json` says of what is sound (docs/json.md, "verify"). */
export function verifyData(
  { level, sets, files, blobBackups, blobFiles, bytes, warnings }: VerifyKindsReport,
  ms: number,
) {
  return {
    level,
    sets: sets.length,
    files,
    blobBackups,
    blobFiles,
    bytes,
    warnings,
    seconds: ms / 1000,
  };
}

/** The same for a person. @param ms how long it took */
export function verifyLines(report: VerifyKindsReport, ms: number): readonly string[] {
  const { level, sets, files, blobBackups, blobFiles, bytes } = report;
  const blobs =
    blobBackups === 0 ? '' : `, ${count(blobBackups, 'blob backup')} with ${count(blobFiles, 'file')}`;
  const what = `${count(sets.length, 'set')}, ${count(files, 'backup file')}${blobs}`;
  const read = level === 'quick' ? '' : `, ${formatBytes(bytes)}`;
  return [`Sound: ${what}${read}, ${formatDuration(ms)}.`, `Checked: ${WHAT[level]}.`];
}
