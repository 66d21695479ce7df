/** Which packages a folder's sources may import (the picture in docs/architecture.md, as data). Lint and check-workspace read it. */
const BASE = ['errors'];
const SEAM = [...BASE, 'durable-fs'];
const FORMAT = [...SEAM, 'lockfile', 'gzip-members', 'filestorage'];
const ENGINE = [...FORMAT, 'filestorage-backup', 'blob-snapshot'];
const ALL = [...ENGINE, 'snapshot-conf', 'directorystorage', 'backup', 'monitor'];

export const LAYERS = {
  'packages/errors': [],
  'packages/durable-fs': BASE,
  'packages/gzip-members': BASE,
  'packages/lockfile': SEAM,
  'packages/filestorage': SEAM,
  'packages/filestorage-backup': FORMAT,
  'packages/blob-snapshot': FORMAT,
  'packages/backup': ENGINE,
  'packages/snapshot-conf': BASE,
  'packages/directorystorage': [...FORMAT, 'snapshot-conf'],
  'packages/test-kit': [...FORMAT],
  'packages/monitor': [...ENGINE, 'snapshot-conf', 'directorystorage', 'backup'],
  'packages/toolkit': ALL,
  'apps/cli': ALL,
  'apps/toolkit': [...ALL, 'toolkit'],
};
