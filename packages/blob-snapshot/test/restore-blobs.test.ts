import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { restoreBlobs } from '../src/restore-blobs.js';
import { harm } from './support/harm.js';
import { backupOf, engine, makeTree, poolLocation, STAMPS, treeOf, writeBlobs } from './support/scene.js';

const TREE = `blobstorage.${STAMPS[0]}`;

async function scene() {
  const root = await temporaryDirectory();
  const source = join(root, 'blobstorage');
  const paths = writeBlobs(source, [0, 1, 2, 3]);
  const location = join(root, 'backups');
  const outer = await makeTree(location, STAMPS[0], source);
  return {
    root,
    source,
    paths,
    location,
    outer,
    content: join(outer, 'blobstorage'),
    target: join(root, 'target'),
  };
}

type Scene = Awaited<ReturnType<typeof scene>>;

async function restored({ location, target }: Pick<Scene, 'location' | 'target'>, id = TREE) {
  return restoreBlobs(engine, { backup: await backupOf(location, id), target });
}

describe('a restored tree', () => {
  test('is the source again: names, contents, modes and times', async () => {
    const made = await scene();
    chmodSync(join(made.source, '.layout'), 0o644);
    mkdirSync(join(made.source, 'closed'), { mode: 0o500 });
    await makeTree(made.location, STAMPS[1], made.source);
    const result = await restored(made, `blobstorage.${STAMPS[1]}`);
    expect(treeOf(made.target)).toEqual(treeOf(made.source));
    expect(lstatSync(made.target).mode & 0o7777).toBe(0o700);
    expect(result).toMatchObject({ files: 5, compared: 5, refused: { count: 0 } });
    expect(result.bytes).toBe(lstatSync(join(made.source, '.layout')).size + 7 * 10);
    chmodSync(join(made.source, 'closed'), 0o700);
  });

  test('shares no inode with the backup', async () => {
    const made = await scene();
    await restored(made);
    for (const path of made.paths) {
      const [copy, stored] = [made.target, made.content].map((root) => lstatSync(join(root, path)));
      expect(copy!.ino).not.toBe(stored!.ino);
      expect(copy!.nlink).toBe(1);
    }
  });

  test('has large and sparse files whole, and holes stay holes', async () => {
    const made = await scene();
    const big = join(made.source, 'big');
    execFileSync('sh', [
      '-c',
      'head -c 9000000 /dev/urandom > "$1"; truncate -s 90000000 "$1"; printf end >> "$1"',
      'sh',
      big,
    ]);
    await makeTree(made.location, STAMPS[1], made.source);
    await restored(made, `blobstorage.${STAMPS[1]}`);
    expect(readFileSync(join(made.target, 'big')).equals(readFileSync(big))).toBe(true);
    expect(lstatSync(join(made.target, 'big')).blocks * 512).toBeLessThan(20_000_000);
  });

  test('never gets setuid bits, and gives a directory the time that it had', async () => {
    const made = await scene();
    writeFileSync(join(made.source, 'tool'), 'x');
    mkdirSync(join(made.source, 'z'));
    writeFileSync(join(made.source, 'z', 'a'), '');
    utimesSync(join(made.source, 'z'), 1_700_000_000.5, 1_700_000_000.5);
    chmodSync(join(made.source, 'tool'), 0o6755);
    await makeTree(made.location, STAMPS[1], made.source);
    await restored(made, `blobstorage.${STAMPS[1]}`);
    expect(lstatSync(join(made.target, 'tool')).mode & 0o7777).toBe(0o755);
    expect(lstatSync(join(made.target, 'z')).mtimeMs).toBe(1_700_000_000_500);
  });

  test('goes to the owner that is named', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root gives files away');
    const made = await scene();
    const backup = await backupOf(made.location, TREE);
    await restoreBlobs(engine, { backup, target: made.target, owner: { uid: 4321, gid: 1234 } });
    for (const path of ['', '.layout', made.paths[0]!, '0x00']) {
      expect(lstatSync(join(made.target, path))).toMatchObject({ uid: 4321, gid: 1234 });
    }
  });

  test('is, of a shared tree, the state of its moment', async () => {
    const root = await temporaryDirectory();
    const location = await poolLocation(root);
    const states = [
      [TREE, 3],
      [`${TREE}@2026-11-18-03-00-00`, 4],
      [`${TREE}@2026-11-18-04-00-00`, 6],
    ] as const;
    for (const [id, blobs] of states) {
      const target = join(root, `target-${blobs}`);
      await restoreBlobs(engine, { backup: await backupOf(location, id), target });
      const files = Object.keys(treeOf(target)).filter((path) => path.endsWith('.blob'));
      expect(files).toHaveLength(blobs);
    }
  });

  test('comes also from a tree of the recipe, but for links and FIFOs, which are told', async () => {
    const made = await scene();
    unlinkSync(join(made.outer, 'manifest.holdfast'));
    symlinkSync('/etc', join(made.content, 'link'));
    execFileSync('mkfifo', [join(made.content, '0x00', 'fifo')]);
    utimesSync(join(made.content, '0x00'), 1_760_000_000, 1_760_000_000);
    const { refused, compared } = await restored(made);
    expect(refused).toEqual({
      count: 2,
      items: [
        { path: '0x00/fifo', reason: 'it is a FIFO, a socket or a device' },
        { path: 'link', reason: 'it is a symbolic link' },
      ],
    });
    expect(compared).toBe(0);
    unlinkSync(join(made.content, 'link'));
    unlinkSync(join(made.content, '0x00', 'fifo'));
    utimesSync(join(made.content, '0x00'), 1_760_000_000, 1_760_000_000);
    expect(treeOf(made.target)).toEqual(treeOf(made.content));
  });
});

describe('a restore is refused, and leaves nothing', () => {
  async function refused(made: Scene, code: string, message: RegExp): Promise<void> {
    const before = readdirSync(made.root).sort();
    await expect(restored(made)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(readdirSync(made.root).sort()).toEqual(before);
  }

  test.each([
    ['a file that is missing', harm.remove, /is missing/],
    ['a file that is cut short', harm.cut, /has 3 bytes where/],
    ['a file with another content', harm.change, /does not have the content/],
    ['a link in the place of a file', harm.makeLink, /no regular file/],
    ['a FIFO in the place of a file', harm.makeFifo, /no regular file/],
    ['a directory in the place of a file', harm.makeDirectory, /no regular file/],
  ])('for %s', async (_, happen, message) => {
    const made = await scene();
    happen(join(made.content, made.paths[1]!));
    await refused(made, 'blobs.damaged', message);
  });

  test('for a link in the place of a directory', async () => {
    const made = await scene();
    renameSync(join(made.content, '0x00'), join(made.root, 'moved'));
    symlinkSync(join(made.root, 'moved'), join(made.content, '0x00'));
    await refused(made, 'blobs.damaged', /is no directory/);
  });

  test.each([
    ['leads out', '../../secret', 'blobs.manifest'],
    ['is absolute', '/etc/passwd', 'blobs.manifest'],
    ['hides dots', '0x00/../../secret', 'blobs.manifest'],
    ['escapes its dots', '%2E%2E/secret', 'blobs.manifest'],
    ['has a NUL', 'a%00b', 'blobs.manifest'],
    ['has no directory', 'nowhere/blob', 'blobs.damaged'],
  ])('for a manifest with a path that %s', async (_, path, code) => {
    const made = await scene();
    const line = `f 400 0 0 0 5 - ${path}`;
    const message = code === 'blobs.manifest' ? `line 3: there is no such line: "${line}"` : path;
    const manifest = join(made.outer, 'manifest.holdfast');
    const lines = readFileSync(manifest, 'utf8').split('\n');
    const forged = `${lines[0]}\n${lines[1]}\n${line}\n`;
    // Forged well: the digest fits.
    const digest = createHash('sha256').update(forged).digest('base64');
    writeFileSync(manifest, `${forged}end 1 5 ${digest}\n`);
    writeFileSync(join(made.root, 'secret'), 'abcde');
    await expect(restored(made)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(existsSync(made.target)).toBe(false);
  });

  test('for a manifest that is torn, or says other counts', async () => {
    const made = await scene();
    const manifest = join(made.outer, 'manifest.holdfast');
    const whole = readFileSync(manifest);
    writeFileSync(manifest, whole.subarray(0, -20));
    await refused(made, 'blobs.manifest', /cut off/);
    writeFileSync(
      manifest,
      whole
        .toString()
        .replace(/^f (.*) - \./m, 'f $1 - .')
        .replace(/(\n)end 5 /, '$1end 6 '),
    );
    await refused(made, 'blobs.damaged', /lists 5 files .* says that it has 6/);
  });

  test('for a target that is there, or too little space', async () => {
    const made = await scene();
    mkdirSync(made.target);
    await refused(made, 'fs.exists', /exists already/);
    expect(readdirSync(made.target)).toEqual([]);
    const full = { ...engine.fs, freeSpace: async () => ({ freeBytes: 10 }) };
    const backup = await backupOf(made.location, TREE);
    const elsewhere = join(made.root, 'elsewhere');
    await expect(
      restoreBlobs(
        { ...engine, fs: Object.assign(Object.create(engine.fs), full) },
        { backup, target: elsewhere },
      ),
    ).rejects.toMatchObject({ code: 'fs.no-space' });
    expect(existsSync(elsewhere)).toBe(false);
  });

  test('when it is cancelled', async () => {
    const made = await scene();
    const abort = new AbortController();
    abort.abort();
    const backup = await backupOf(made.location, TREE);
    const cancelled = restoreBlobs({ ...engine, signal: abort.signal }, { backup, target: made.target });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(made.target)).toBe(false);
  });
});

test('without the check, content that changed is restored as it is', async () => {
  const made = await scene();
  harm.change(join(made.content, made.paths[1]!));
  const backup = await backupOf(made.location, TREE);
  const result = await restoreBlobs(engine, { backup, target: made.target, check: false });
  expect(result.compared).toBe(0);
  expect(readFileSync(join(made.target, made.paths[1]!), 'utf8')).toMatch(/^clob|^[^b]lob/);
});
