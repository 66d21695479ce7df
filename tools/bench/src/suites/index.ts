import type { Suite } from '../suite.js';
import { blobs } from './blobs.js';
import { filestorage } from './filestorage.js';

/** All suites, by the name that `--suite` takes. */
export const SUITES: ReadonlyMap<string, Suite> = new Map(
  [filestorage, blobs].map((suite) => [suite.name, suite]),
);
