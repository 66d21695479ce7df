import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BlobReferences } from '@holdfast/filestorage';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { PairCheck } from '../src/pair.js';
import { verifyBlobs } from '../src/verify-blobs.js';
import type { BlobCheckLevel } from '../src/verify-report.js';
import { harm } from './support/harm.js';
import {
  backupOf,
  engine,
  makeTree,
  poolLocation,
  STAMPS,
  sampleReference,
  writeBlobs,
} from './support/scene.js';

const TREE = `blobstorage.${STAMPS[0]}`;

async function scene() {
  const root = await temporaryDirectory();
  const source = join(root, 'blobstorage');
  const paths = writeBlobs(source, [0, 1, 2, 3]);
  const location = join(root, 'backups');
  const outer = await makeTree(location, STAMPS[0], source);
  const content = join(outer, 'blobstorage');
  const verify = async (level: BlobCheckLevel, live?: string) =>
    verifyBlobs(engine, { backup: await backupOf(location, TREE), level, live });
  return {
    root,
    source,
    paths,
    location,
    outer,
    content,
    file: join(content, paths[1]!),
    path: paths[1]!,
    verify,
  };
}

const LEVELS = ['quick', 'stored', 'deep'] as const;

describe('a check of a tree', () => {
  test.each(LEVELS)('finds nothing where nothing is wrong (%s)', async (level) => {
    const { verify } = await scene();
    expect(await verify(level)).toEqual({
      id: TREE,
      level,
      sound: true,
      files: 5,
      bytes: 75,
      problems: { count: 0, items: [] },
      warnings: { count: 0, items: [] },
      foreign: { count: 0, items: [] },
      compared: level === 'deep' ? 5 : 0,
    });
  });

  test.each([
    ['missing', 'quick', harm.remove, /it is missing/],
    ['replaced by a FIFO', 'quick', harm.makeFifo, /it is no file/],
    ['replaced by a link', 'quick', harm.makeLink, /it is no file/],
    ['cut short', 'stored', harm.cut, /it has 3 bytes/],
    ['changed', 'deep', harm.change, /its content is not/],
  ] as const)('finds a file that is %s, from the level %s on', async (_, from, happen, reason) => {
    const made = await scene();
    happen(made.file);
    for (const level of LEVELS) {
      const report = await made.verify(level);
      const found = LEVELS.indexOf(level) >= LEVELS.indexOf(from);
      expect(report.sound).toBe(!found);
      expect(report.problems.count).toBe(found ? 1 : 0);
      if (found)
        expect(report.problems.items[0]).toEqual({ path: made.path, reason: expect.stringMatching(reason) });
    }
  });

  test('finds every file below a directory that is gone, and one that is a link', async () => {
    const made = await scene();
    execFileSync('rm', ['-r', join(made.content, '0x00')]);
    symlinkSync(join(made.source, '0x00'), join(made.content, '0x00'));
    const { problems, sound } = await made.verify('quick');
    expect(sound).toBe(false);
    expect(problems.items[0]).toEqual({ path: '0x00', reason: 'it is no directory' });
    expect(problems.items.filter(({ path }) => path.endsWith('.blob'))).toHaveLength(4);
  });

  test('finds a torn manifest and one that says other counts', async () => {
    const made = await scene();
    const manifest = join(made.outer, 'manifest.holdfast');
    const whole = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, whole.slice(0, -30));
    expect(await made.verify('quick')).toMatchObject({ sound: false, problems: { count: 1 } });
    writeFileSync(manifest, whole.replace(/\nend 5 /, '\nend 4 '));
    expect((await made.verify('quick')).problems.items[0]!.reason).toMatch(/lists 5 files .* says 4/);
    writeFileSync(manifest, whole.replace('f 600', 'f 400'));
    expect((await made.verify('quick')).problems.items[0]!.reason).toMatch(/digest does not match/);
  });

  test('lists what is not ours, and goes on', async () => {
    const made = await scene();
    symlinkSync('/etc', join(made.content, 'link'));
    mkdirSync(join(made.content, 'more'));
    writeFileSync(join(made.content, 'more', 'file'), '');
    writeFileSync(join(made.content, 'note'), '');
    expect(await made.verify('quick')).toMatchObject({
      sound: true,
      foreign: {
        count: 3,
        items: expect.arrayContaining([
          { path: 'link', reason: 'it is a symbolic link' },
          { path: 'more', reason: 'no manifest names this directory' },
          { path: 'note', reason: 'no manifest names this file' },
        ]),
      },
    });
  });

  test('warns of files that can be written, and of those of the live site', async () => {
    const made = await scene();
    chmodSync(made.file, 0o600);
    const other = join(made.content, made.paths[2]!);
    unlinkSync(other);
    linkSync(join(made.source, made.paths[2]!), other);
    const { warnings, sound } = await made.verify('stored', made.source);
    expect(sound).toBe(true);
    expect(warnings.items.map(({ path }) => path)).toEqual([made.path, made.paths[2]]);
  });

  test('looks at each state of a shared tree, and calls nothing foreign that a later one names', async () => {
    const location = await poolLocation(await temporaryDirectory());
    const ids = [TREE, `${TREE}@2026-11-18-03-00-00`, `${TREE}@2026-11-18-04-00-00`];
    writeFileSync(join(location, TREE, 'blobstorage', 'note'), '');
    const reports = [];
    for (const id of ids)
      reports.push(await verifyBlobs(engine, { backup: await backupOf(location, id), level: 'deep' }));
    expect(
      reports.map(({ sound, files, foreign }) => [sound, files, foreign.items.map(({ path }) => path)]),
    ).toEqual([
      [true, 4, []],
      [true, 5, []],
      [true, 7, ['note']],
    ]);
  });

  test('shows its entries to the check of the pair on the way', async () => {
    const made = await scene();
    const check = new PairCheck(BlobReferences.of([0, 1, 2, 9].map(sampleReference)));
    const backup = await backupOf(made.location, TREE);
    await verifyBlobs(engine, { backup, level: 'quick', onEntry: (entry) => check.entry(entry) });
    expect(check.report()).toMatchObject({
      fits: false,
      missing: { count: 1, items: [sampleReference(9)] },
      orphans: { count: 1, paths: [made.paths[3]] },
    });
  });

  test('reads a file that trees share once, and finds it damaged in all of them', async () => {
    const made = await scene();
    await makeTree(made.location, STAMPS[1], made.source);
    const other = join(made.location, `blobstorage.${STAMPS[1]}`, 'blobstorage');
    for (const path of made.paths) {
      unlinkSync(join(other, path));
      linkSync(join(made.content, path), join(other, path));
    }
    harm.change(made.file);
    let opened = 0;
    const fs = Object.assign(Object.create(engine.fs) as typeof engine.fs, {
      openRead: (path: string) => {
        if (path.endsWith('.blob')) opened += 1;
        return engine.fs.openRead(path);
      },
    });
    const known = new Map<string, string>();
    for (const stamp of [STAMPS[0], STAMPS[1]]) {
      const backup = await backupOf(made.location, `blobstorage.${stamp}`);
      const report = await verifyBlobs({ ...engine, fs }, { backup, level: 'deep', known });
      expect(report.problems.items.map(({ path }) => path)).toEqual([made.path]);
      expect(report.compared).toBe(5);
    }
    expect(opened).toBe(made.paths.length);
  });

  test('reads every file of a tree of the recipe, which has nothing to compare with', async () => {
    const made = await scene();
    unlinkSync(join(made.outer, 'manifest.holdfast'));
    symlinkSync('/etc', join(made.content, 'link'));
    expect(await made.verify('deep')).toMatchObject({
      sound: true,
      files: 5,
      compared: 0,
      foreign: { count: 1 },
    });
  });
});
