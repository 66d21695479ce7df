/** Manifests: what a backup of blobs holds, entry by entry (docs/formats/blob-backups.md, "Manifest"). */
export { readManifests } from './manifest-merge.js';
export { childPath, comparePaths, parentPath, ROOT_PATH } from './manifest-path.js';
export { readManifestEnd, readManifestLines } from './manifest-reader.js';
export { ManifestWriter, type WrittenManifest } from './manifest-writer.js';
