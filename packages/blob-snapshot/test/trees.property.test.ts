import { existsSync, lstatSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { entriesOf } from '../src/entries.js';
import { walkEntries } from '../src/entries-walk.js';
import { blobPath } from '../src/layout.js';
import { backUp, ROTATED, TREE } from './support/backup.js';
import { backupsIn, engine, sampleReference, treeOf, writeBlobs } from './support/scene.js';

/** Seconds since 1970. */
const BLOB_TIME = 1_700_000_000;
/** The last one is a blob's, so nothing else is written there. */
const PATHS = ['a', 'a/b', 'a/b/c', 'b', 'b-', 'b/x', 'é', '0x00/y', blobPath('bushy', sampleReference(1))];
const change = fc.oneof(
  fc.record({ kind: fc.constant('blob' as const), number: fc.nat(6) }),
  fc.record({
    kind: fc.constant('file' as const),
    path: fc.constantFrom(...PATHS.slice(0, -1)),
    size: fc.nat(40),
  }),
  fc.record({ kind: fc.constant('directory' as const), path: fc.constantFrom(...PATHS) }),
  fc.record({ kind: fc.constant('remove' as const), path: fc.constantFrom(...PATHS, '0x00') }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** What is in the way goes: files become directories and the reverse. */
function apply(source: string, one: Change): void {
  if (one.kind === 'blob') {
    const path = join(source, blobPath('bushy', sampleReference(one.number)));
    clearWay(source, dirname(path));
    if (existsSync(path)) return;
    writeBlobs(source, [one.number]);
    // Blobs never change: one that comes back is the one that it was.
    utimesSync(path, BLOB_TIME, BLOB_TIME);
    return;
  }
  const path = join(source, one.path);
  clearWay(source, dirname(path));
  if (one.kind !== 'directory') rmSync(path, { recursive: true, force: true });
  if (one.kind === 'remove') return;
  if (one.kind === 'file') writeFileSync(path, 'x'.repeat(one.size));
  else if (!existsSync(path)) mkdirSync(path);
}

function clearWay(source: string, directory: string): void {
  if (directory === source) return;
  clearWay(source, dirname(directory));
  if (existsSync(directory) && !lstatSync(directory).isDirectory()) rmSync(directory);
  mkdirSync(directory, { recursive: true });
}

it('every tree of a series is what the source was, and so says its manifest', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (days, rotated) => {
        const root = await temporaryDirectory();
        const [source, location] = [join(root, 'blobstorage'), join(root, 'backups')];
        writeBlobs(source, []);
        const trees: object[] = [];
        for (const [day, changes] of days.entries()) {
          for (const one of changes) apply(source, one);
          const stamp = `2026-01-0${day + 1}-00-00-00`;
          const summary = await backUp({ source, location, stamp, style: rotated ? ROTATED : TREE });
          trees.push(treeOf(source));
          const newest = (await backupsIn(location)).at(-1)!;
          const entries = [];
          for await (const { kind, path } of entriesOf(engine, newest)) entries.push(`${kind} ${path}`);
          const expected = [];
          for await (const { kind, path } of walkEntries(engine, source)) expected.push(`${kind} ${path}`);
          expect(entries).toEqual(expected);
          expect(summary.total.files).toBe(entries.filter((entry) => entry.startsWith('file')).length);
        }
        const found = (await backupsIn(location)).map(({ path, base }) => treeOf(join(path, base)));
        expect(found).toEqual(trees);
        rmSync(root, { recursive: true });
      },
    ),
    { numRuns: 40 },
  );
});
