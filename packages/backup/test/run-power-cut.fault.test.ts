import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, nodeBulkFiles, nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { describe, expect } from 'vitest';
import { faultTest } from '../../lockfile/test/machine.js';
import type { World } from '../src/run/world.js';
import { expectOfferedWhole, expectRestored, liveFiles } from './support/run-checks.js';
import { RunSite } from './support/run-site.js';

/**
 * Power cuts (row 2): the backups lie on a file system in a file. A copy of that file, taken while it is mounted, is what a
 * disk holds when the power goes: nothing that was only in memory.
 */
class CutDisk {
  private constructor(
    readonly directory: string,
    private readonly image: string,
  ) {}

  static async make(): Promise<CutDisk> {
    const parent = await temporaryDirectory();
    const disk = new CutDisk(join(parent, 'disk'), join(parent, 'image'));
    await mkdir(disk.directory);
    run('truncate', '-s', '16M', disk.image);
    run('mkfs.ext4', '-q', '-F', '-O', '^resize_inode', '-b', '1024', '-N', '2000', disk.image);
    whenDone(() => {
      spawnSync('umount', ['-l', disk.directory]);
    });
    disk.mount(disk.image);
    return disk;
  }

  /** The path of what the disk would hold if the power went now. */
  cut(name: string): string {
    const copy = `${this.image}.${name}`;
    run('cp', '--sparse=always', this.image, copy);
    return copy;
  }

  /** After the power came back. */
  start(image: string): void {
    run('umount', this.directory);
    this.mount(image);
  }

  /** Writes back nothing by itself in the time of a test. */
  private mount(image: string): void {
    run('mount', '-o', 'loop,commit=900,noatime', image, this.directory);
  }
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

const NEEDS = { programs: ['mkfs.ext4', 'losetup', 'cp', 'truncate'], root: true } as const;

const STYLES = [
  ['trees', ''],
  ['rotated trees', 'blob_timestamps = false'],
  ['a pool', 'blob_format = "pool"'],
  ['archives', 'archive_blob = true'],
] as const;

/** A site with one set on a disk of its own, durable, and something new to back up. */
async function prepare(toml: string): Promise<{ site: RunSite; disk: CutDisk; first: string }> {
  const disk = await CutDisk.make();
  const places = `location = "${disk.directory}/backups"\nblobbackuplocation = "${disk.directory}/blobs"\n`;
  const site = await RunSite.make({ toml: `${places}${toml}`, lawn: true });
  const { set } = await site.run();
  run('sync', '-f', disk.directory);
  await site.commit();
  return { site, disk, first: set.id };
}

describe.each(STYLES)('a run that makes a set with %s', (_, toml) => {
  faultTest('leaves the old sets or also the new one whole, whenever the power goes', NEEDS, async () => {
    const { site, disk, first } = await prepare(toml);
    const live = liveFiles(site);
    const cuts: string[] = [];
    const failpoint = (name: string) => {
      cuts.push(disk.cut(`${cuts.length}-${name.replace(':', '-')}`));
    };
    const { set } = await site.run({}, site.world(nodeFileSystem, { failpoint }));
    const end = disk.cut('end');
    expect(cuts.length).toBeGreaterThan(4);
    for (const image of cuts) {
      disk.start(image);
      const offered = await expectOfferedWhole(site);
      expect(offered[0], image).toBe(first);
      expect([undefined, set.id], image).toContain(offered[1]);
      const next = await site.run({}, site.hasty());
      expect(next.set.parts[0]!.blobs, image).toMatchObject({ missing: 0 });
      expect((await site.verify('deep')).problems, image).toEqual([]);
    }
    disk.start(end);
    expect(await expectOfferedWhole(site)).toEqual([first, set.id]);
    expect((await site.verify('deep')).problems).toEqual([]);
    const { to } = await site.restore();
    await expectRestored(site, to);
    expect(liveFiles(site)).toEqual(live);
  });
});

faultTest('a run that leaves out its syncs loses its set: the power really goes', NEEDS, async () => {
  const { site, disk, first } = await prepare('');
  const { set } = await site.run({}, unsynced(site));
  const image = disk.cut('unsynced');
  expect((await site.offered()).map(({ id }) => id)).toEqual([first, set.id]);
  disk.start(image);
  expect((await site.offered()).map(({ id }) => id)).toEqual([first]);
});

/** The real files, nothing made durable. */
function unsynced(site: RunSite): World {
  const nothing = async () => {};
  const without = async <T extends { sync(): Promise<void> }>(opening: Promise<T>): Promise<T> =>
    Object.assign(await opening, { sync: nothing });
  const fs: FileSystem = {
    ...nodeFileSystem,
    create: (...args) => without(nodeFileSystem.create(...args)),
    openWrite: (...args) => without(nodeFileSystem.openWrite(...args)),
    syncDirectory: nothing,
  };
  const bulk = { ...nodeBulkFiles, sync: () => {}, syncTree: nothing, syncEarly: undefined };
  return { ...site.world(fs), bulk };
}
