import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeDumpdir, parseDumpdir } from '../src/archive/dumpdir.js';
import { decodeHeader, encodeHeader } from '../src/archive/tar-header.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { archive, gnuRestore, inSeconds } from './support/archives.js';
import { backupsIn, engine, STAMPS, treeOf } from './support/scene.js';

const name = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.string({ minLength: 1, maxLength: 200 }),
  )
  .filter(
    (text) =>
      !/[/\0]|^\.{1,2}$|\.tmp$|^tmp$|^\.removed$|^\.layout$/.test(text) &&
      Buffer.byteLength(text) < 256 &&
      Buffer.from(text).toString() === text,
  );
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const content = fc.uint8Array({ maxLength: 3000 });
const step = fc.array(fc.tuple(path, fc.option(content, { nil: undefined })), { maxLength: 6 });

/** Writes or removes files; what does not fit beside what is there is passed over. */
function apply(source: string, changes: readonly (readonly [string, Uint8Array | undefined])[]): void {
  for (const [below, bytes] of changes) {
    const file = join(source, below);
    try {
      if (bytes === undefined) rmSync(file, { recursive: true, force: true });
      else {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, bytes);
      }
    } catch {
      // A file stands where a directory would have to be, or the other way round; or the path is too long.
    }
  }
}

test('every state of a chain comes back, from Holdfast and from GNU tar', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 3 }),
    fc.boolean(),
    async (steps, gzip) => {
      const root = await temporaryDirectory();
      const site = { root, source: join(root, 'blobstorage'), location: join(root, 'backups') };
      mkdirSync(site.source);
      const states: Record<string, string>[] = [];
      for (const [index, changes] of steps.entries()) {
        apply(site.source, changes);
        states.push(inSeconds(treeOf(site.source)));
        await archive(site, STAMPS[index]!, { gzip, incremental: true });
      }
      const backups = await backupsIn(site.location);
      for (const [index, backup] of backups.entries()) {
        const [ours, theirs] = [join(root, `ours-${index}`), join(root, `theirs-${index}`)];
        await restoreBlobs(engine, { backup, target: ours });
        expect(inSeconds(treeOf(ours))).toEqual(states[index]);
        gnuRestore(
          [...backup.before, backup].map((one) => one.path),
          theirs,
        );
        expect(Object.keys(treeOf(theirs))).toEqual(Object.keys(states[index]!));
        rmSync(ours, { recursive: true });
      }
    },
  );
  await fc.assert(property, { numRuns: 25 });
}, 60_000);

test('a header says what was put into it', () => {
  const fields = fc.record({
    size: fc.maxSafeNat(),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.nat(2 ** 32 - 1),
    gid: fc.nat(2 ** 32 - 1),
    mtimeMs: fc.integer({ min: -8e12, max: 8e12 }),
  });
  fc.assert(
    fc.property(
      fields,
      fc.string({ unit: 'grapheme-ascii', maxLength: 90 }).filter((text) => !text.includes('\0')),
      (given, text) => {
        const block = encodeHeader({ ...given, name: `./${text}`, type: 'file' });
        const { mtimeMs, ...rest } = given;
        const read = decodeHeader(block, 'x.tar', 0);
        expect(read).toMatchObject({ ...rest, mtime: Math.floor(mtimeMs / 1000), type: '0' });
        expect(read?.name.toString()).toBe(`./${text}`);
      },
    ),
  );
});

test('the list of a directory says what was put into it, and no bytes make it fail', () => {
  const entry = fc.record({ letter: fc.constantFrom('Y', 'N', 'D'), name: name });
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const list = parseDumpdir(encodeDumpdir(entries as { letter: 'Y' | 'N' | 'D'; name: string }[]));
      expect(list?.names).toEqual(new Set(entries.map((one) => one.name)));
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseDumpdir(Buffer.from(bytes))));
});
