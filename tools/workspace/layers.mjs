/** Which packages a folder's sources may import (the picture in docs/architecture.md, as data). Lint and check-workspace read it. */
const BASE = ['errors'];
const SEAM = [...BASE, 'durable-fs'];
const FORMAT = [...SEAM, 'lockfile', 'gzip-members', 'filestorage'];
const ENGINE = [...FORMAT, 'filestorage-backup'];

export const LAYERS = {
  'packages/errors': [],
  'packages/durable-fs': BASE,
  'packages/gzip-members': BASE,
  'packages/lockfile': SEAM,
  'packages/filestorage': SEAM,
  'packages/filestorage-backup': FORMAT,
  'packages/test-kit': [...FORMAT],
  'apps/cli': ENGINE,
};
