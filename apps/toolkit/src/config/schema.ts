import { z } from 'zod';
import { LOG_LEVELS } from './server-config.js';

/** The keys of a `toolkit.toml`. docs/toolkit/configuration.md has one row for each; a test holds the two together. */

const text = () =>
  z
    .string({ error: 'must be a text in quotes' })
    .trim()
    .min(1, { error: 'is empty: give a value, or leave the key out' });

const oneOf = <const T extends readonly string[]>(words: T) =>
  z.enum(words, { error: `must be ${words.map((word) => `"${word}"`).join(' or ')}` });

const STORAGE = z.strictObject({
  kind: oneOf(['filestorage', 'directorystorage', 'zope']),
  datafs: text().optional(),
  directory: text().optional(),
  url: text().optional(),
  access: text().optional(),
  life: text().optional(),
  site: text().optional(),
  storage: text().optional(),
  archives: text().optional(),
});

const THRESHOLDS = z.strictObject({
  backup_attention: text().optional(),
  backup_danger: text().optional(),
  check_attention: text().optional(),
});

const TLS = z.strictObject({ certificate: text(), key: text() });

export const SCHEMA = z.strictObject({
  listen: text().optional(),
  socket_mode: text().optional(),
  state: text(),
  access: text(),
  title: text().max(100, { error: 'is longer than 100 characters' }).optional(),
  life: text().optional(),
  log: oneOf(LOG_LEVELS).optional(),
  trust_proxy: z
    .array(text(), { error: 'must be an array of addresses: ["127.0.0.1", "10.0.0.0/8", "unix"]' })
    .optional(),
  allow_passwords_without_tls: text().optional(),
  tls: TLS.optional(),
  thresholds: THRESHOLDS.optional(),
  storages: z
    .record(z.string(), STORAGE, { error: 'must be tables [storages.NAME]' })
    .refine((table) => Object.keys(table).length > 0, {
      error: 'has no storage: add a table [storages.NAME]',
    }),
});

export type Values = z.output<typeof SCHEMA>;
export type StorageValues = z.output<typeof STORAGE>;

/** The names that may stand in a table: at the top, in `[tls]`, `[thresholds]`, `[storages.NAME]`. */
export function namesIn(path: readonly string[]): readonly string[] {
  if (path.length === 0) return Object.keys(SCHEMA.shape);
  if (path[0] === 'tls') return Object.keys(TLS.shape);
  return Object.keys(path[0] === 'thresholds' ? THRESHOLDS.shape : STORAGE.shape);
}
