import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BlobEntry } from '../src/entry.js';
import { comparePaths, ManifestWriter, readManifestEnd, readManifests } from '../src/manifest.js';
import { readManifestHeader } from '../src/manifest-header.js';
import { entryLine, goneLine, parseLine } from '../src/manifest-line.js';
import { decodePath, encodePath } from '../src/manifest-path.js';

const fs = nodeFileSystem;
const name = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('a', '-', '.', ' ', '%', '\n', '0', 'é', '\u{1F600}', '\uFFFC', '\u007f'),
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 5,
  })
  .filter((text) => !/^\.{1,2}$/.test(text) && !/[/\0]/.test(text));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const digest = createHash('sha256').update('x').digest('base64');
const common = {
  path,
  mode: fc.nat(0o7777),
  uid: fc.nat(2 ** 31),
  gid: fc.nat(2 ** 31),
  mtimeMs: fc.integer({ min: -(2 ** 40), max: 2 ** 50 }),
};
const entry: fc.Arbitrary<BlobEntry> = fc.oneof(
  fc.record({ kind: fc.constant('directory' as const), ...common }),
  fc.record({
    kind: fc.constant('file' as const),
    ...common,
    size: fc.nat(2 ** 40),
    sha256: fc.constantFrom(undefined, digest),
  }),
);
const state = fc
  .uniqueArray(entry, { selector: (one) => one.path, maxLength: 20 })
  .map((entries) => [...entries].sort((a, b) => comparePaths(a.path, b.path)));

let directory: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
});

const header = {
  version: 1,
  stamp: '2026-11-20-02-00-00',
  base: undefined,
  dataEnd: 7,
  excluded: undefined,
  tid: undefined,
} as const;

async function write(file: string, lines: readonly (BlobEntry | string)[], base?: string) {
  const writer = await ManifestWriter.create(fs, file, { ...header, base }, true);
  try {
    for (const line of lines) {
      if (typeof line === 'string') writer.addGone(line);
      else writer.add(line);
    }
    const written = await writer.finish();
    await writer.publish();
    return written;
  } finally {
    await writer.dispose();
  }
}

async function read(...files: string[]): Promise<BlobEntry[]> {
  const entries: BlobEntry[] = [];
  for await (const one of readManifests({ fs }, files)) entries.push(one);
  return entries;
}

describe('a manifest', () => {
  it('gives back what was written', async () => {
    const file = join(directory, 'one');
    await fc.assert(
      fc.asyncProperty(state, async (entries) => {
        const written = await write(file, entries);
        expect(await read(file)).toEqual(entries);
        expect(await readManifestHeader(fs, file)).toEqual(header);
        expect(await readManifestEnd({ fs }, file)).toMatchObject({
          files: written.files,
          bytes: written.bytes,
        });
        expect(createHash('sha256').update(readFileSync(file)).digest('base64')).toBe(written.sha256);
      }),
      { numRuns: 60 },
    );
  });

  it('with deltas after it is the last word on each path', async () => {
    const delta = fc.array(fc.tuple(fc.nat(30), fc.option(entry, { nil: undefined })), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(state, fc.array(delta, { maxLength: 5 }), async (entries, deltas) => {
        const model = new Map(entries.map((one) => [one.path, one]));
        const files = [join(directory, 'base')];
        await write(files[0]!, entries);
        for (const [number, changes] of deltas.entries()) {
          const lines = new Map<string, BlobEntry | string>();
          for (const [at, change] of changes) {
            const known = [...model.keys()][at];
            if (change !== undefined) lines.set(change.path, change);
            else if (known !== undefined) lines.set(known, known);
          }
          for (const [key, line] of lines)
            typeof line === 'string' ? model.delete(key) : model.set(key, line);
          files.push(join(directory, `delta-${number}`));
          const sorted = [...lines].sort(([a], [b]) => comparePaths(a, b)).map(([, line]) => line);
          await write(files.at(-1)!, sorted, '2026-11-19-02-00-00');
        }
        const expected = [...model.values()].sort((a, b) => comparePaths(a.path, b.path));
        expect(await read(...files)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('that is cut or changed anywhere is not believed', async () => {
    const file = join(directory, 'harmed');
    await fc.assert(
      fc.asyncProperty(state, fc.nat(), fc.boolean(), async (entries, at, cut) => {
        await write(file, entries);
        const bytes = readFileSync(file);
        const position = at % bytes.length;
        const end = bytes.lastIndexOf('\nend ') + 1;
        // The counts on the last line are not covered by its digest.
        if (!cut && position >= end) return;
        const harmed = cut ? bytes.subarray(0, position) : Buffer.from(bytes);
        if (!cut) harmed[position] = harmed[position]! ^ 1;
        writeFileSync(file, harmed);
        await expect(read(file)).rejects.toMatchObject({ code: 'blobs.manifest' });
      }),
      { numRuns: 80 },
    );
  });
});

describe('paths', () => {
  it('are in the order of a walk', () => {
    const key = (text: string) => text.split('/').map((part) => Buffer.from(part).toString('hex'));
    fc.assert(
      fc.property(path, path, (a, b) => {
        const [one, other] = [key(a), key(b)];
        const at = one.findIndex((part, index) => part !== other[index]);
        const model =
          at < 0 ? one.length - other.length : at >= other.length ? 1 : one[at]! < other[at]! ? -1 : 1;
        expect(Math.sign(comparePaths(a, b))).toBe(Math.sign(model));
        expect(comparePaths('.', a)).toBeLessThan(0);
      }),
    );
  });

  it('are read back as they were', () => {
    fc.assert(
      fc.property(path, (text) => {
        expect(encodePath(text)).not.toMatch(/\s/u.test(text) ? /[ \n]/ : /[\n]/);
        expect(decodePath(encodePath(text))).toBe(text);
      }),
    );
  });

  it.each(['\u00a0', 'a\u2028b', '\u3000/\ufeff', 'a b\u2029'])(
    'with spaces that only Unicode knows: %j',
    (path) => {
      const common = { path, mode: 0o755, uid: 0, gid: 0, mtimeMs: 1 };
      expect(parseLine(entryLine({ kind: 'directory', ...common }))).toMatchObject({ path });
      expect(parseLine(goneLine(path))).toMatchObject({ path });
    },
  );

  it.each([
    '',
    '/etc/passwd',
    '..',
    'a/../b',
    'a//b',
    'a/',
    './a',
    'a/.',
    'a%00b',
    'a%2Fb',
    '%2e%2e',
    'a%0',
    'a%0a',
  ])('such as %j are in no manifest', (text) => {
    expect(decodePath(text)).toBeUndefined();
  });
});
