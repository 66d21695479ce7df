import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { statusMetrics } from '../src/figures/metrics.js';
import type { StorageStatus } from '../src/status.js';
import { verdictOf } from '../src/verdict/verdict.js';
import { parseExposition } from './support/exposition.js';
import { checkedAgo, NOW, runAgo, setAged, statusOf } from './support/statuses.js';

const judged = (status: ReturnType<typeof statusOf>): StorageStatus => ({
  ...status,
  verdict: verdictOf(status, NOW),
});

const blobs = { files: 7, bytes: 7000, addedFiles: 1, addedBytes: 1000 };
const main = judged(
  statusOf(
    [
      setAged(30),
      setAged(6, {
        verified: checkedAgo(5),
        blobs,
        part: 'increment',
        dataBytes: 1_300_000,
        storedBytes: 1000,
      }),
    ],
    {
      runs: [
        runAgo(7, { kind: 'restore-test', startedMs: NOW - 7 * 3_600_000 - 90_000 }),
        runAgo(6, { set: setAged(6).id }),
        runAgo(1, { kind: 'zip', result: 'failed' }),
      ],
      locks: [
        { what: 'storage', path: '/s', state: 'held', holder: undefined },
        { what: 'repository', path: '/a', state: 'free', holder: undefined },
        { what: 'repository', path: '/b', state: 'held', holder: undefined },
        { what: 'manager', path: '/m', state: 'unknown', holder: undefined },
      ],
    },
  ),
);
const empty = judged(statusOf([], { name: 'cata"log\\x\n' }));

const text = async (statuses: readonly StorageStatus[]) => await (await statusMetrics(statuses)).metrics();

describe('the figures', () => {
  test.each([
    ['holdfast_verdict', { level: 'attention' }, 1],
    ['holdfast_verdict', { level: 'safe' }, 0],
    ['holdfast_backup_last_success_timestamp_seconds', { kind: 'backup' }, NOW / 1000 - 6 * 3600],
    ['holdfast_backup_age_seconds', { kind: 'backup' }, 6 * 3600],
    ['holdfast_backup_size_bytes', { kind: 'backup' }, 1000],
    ['holdfast_backup_last_duration_seconds', { kind: 'zip' }, 60],
    ['holdfast_backup_last_result', { kind: 'zip', result: 'failed' }, 1],
    ['holdfast_backup_last_result', { kind: 'zip', result: 'done' }, 0],
    ['holdfast_sets', { kind: 'backup' }, 2],
    ['holdfast_sets', { kind: 'snapshot' }, 0],
    ['holdfast_verified_timestamp_seconds', {}, NOW / 1000 - 5 * 3600],
    ['holdfast_verified_sound', {}, 1],
    ['holdfast_uncovered_bytes', {}, 5_000_000],
    ['holdfast_source_bytes', {}, 6_200_000],
    ['holdfast_backups_stored_bytes', { kind: 'backup' }, 401_000],
    ['holdfast_blobs_bytes', {}, 7000],
    ['holdfast_lock_held', { lock: 'storage' }, 1],
    ['holdfast_lock_held', { lock: 'repository' }, 1],
    ['holdfast_restore_test_duration_seconds', {}, 90],
  ])('%s %j', async (name, labels, value) => {
    const { samples } = parseExposition(await text([main]));
    const found = samples.filter((sample) => sample.name === name);
    expect(found).toContainEqual({ name, labels: { storage: 'main', ...labels }, value });
  });

  test('what is not known has no sample', async () => {
    const { samples } = parseExposition(await text([main]));
    const has = (name: string, kind?: string) =>
      samples.some((sample) => sample.name === name && (kind === undefined || sample.labels.kind === kind));
    expect(has('holdfast_backup_age_seconds', 'zip')).toBe(false);
    expect(has('holdfast_backup_last_result', 'snapshot')).toBe(false);
    expect(samples.some(({ labels }) => labels.lock === 'manager')).toBe(false);
  });
});

describe('the text', () => {
  test('is what Prometheus takes: a help and a type for each, names and labels as they may be', async () => {
    const { families, samples } = parseExposition(await text([main, empty]));
    for (const { name, help, type } of families) {
      expect(name).toMatch(/^holdfast_[a-z_]+$/);
      expect(help).toMatch(/^[A-Z].*\.$/);
      expect(type).toBe('gauge');
      expect(name).not.toMatch(/_total$|_milliseconds|_kilobytes/);
    }
    const names = new Set(families.map(({ name }) => name));
    expect(samples.filter(({ name }) => !names.has(name))).toEqual([]);
    const series = samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]));
    expect(new Set(series).size).toBe(series.length);
  });

  test('has just the figures that docs/monitoring.md has, and the alert rules use no other', async () => {
    const docs = readFileSync(new URL('../../../docs/monitoring.md', import.meta.url), 'utf8');
    const [before = '', rules = ''] = docs.split('## Alert rules');
    const documented = [...before.matchAll(/^\| `(holdfast_[a-z_]+)` \| ([^|]*)\|/gm)];
    const { families, samples } = parseExposition(await text([main]));
    const names = families.map(({ name }) => name);
    expect(documented.map(([, name]) => name).sort()).toEqual([...names].sort());
    for (const [, name, labels = ''] of documented) {
      const told = [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label);
      for (const sample of samples.filter((one) => one.name === name))
        expect(Object.keys(sample.labels).sort(), name).toEqual(['storage', ...told].sort());
    }
    const used = [...rules.matchAll(/holdfast_[a-z_]+/g)].map(([name]) => name);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
  });

  test('keeps the name of a storage, whatever is in it', async () => {
    const { samples } = parseExposition(await text([empty]));
    expect(new Set(samples.map(({ labels }) => labels.storage))).toEqual(new Set(['cata"log\\x\n']));
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  test.skipIf(!promtool)('passes promtool', async () => {
    execFileSync('promtool', ['check', 'metrics'], { input: await text([main]) });
  });
});
