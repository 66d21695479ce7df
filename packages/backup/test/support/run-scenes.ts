import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import {
  type CrashPoint,
  type FaultPoint,
  type FaultyFileSystem,
  sweepCrashes,
  sweepFaults,
} from '@holdfast/test-kit';
import { expect } from 'vitest';
import { expectOfferedWhole, liveFiles } from './run-checks.js';
import { HASTY, RunSite } from './run-site.js';

/** Whole runs that are struck at every call which changes the disk: what they begin with, and what must hold then. */

interface Wanted {
  readonly toml: string;
  /** Runs before the one that is struck. */
  readonly before: readonly ('full' | 'increment')[];
  readonly full: boolean;
}

const SCENES = {
  'a first run': { toml: '', before: [], full: true },
  'an increment with a tree': { toml: '', before: ['full'], full: false },
  'an increment with a pool': { toml: 'blob_format = "pool"', before: ['full', 'increment'], full: false },
  'an increment with rotated trees': { toml: 'blob_timestamps = false', before: ['full'], full: false },
  'an increment with a delta archive': {
    toml: 'archive_blob = true\nincremental_blobs = true',
    before: ['full'],
    full: false,
  },
  'a full backup whose retention takes a chain away': {
    toml: 'keep = 1\nblob_format = "pool"',
    before: ['full', 'increment'],
    full: true,
  },
} as const satisfies Readonly<Record<string, Wanted>>;

export type SceneName = keyof typeof SCENES;

interface Struck {
  readonly site: RunSite;
  readonly live: Readonly<Record<string, string>>;
}

export class Scene {
  private constructor(
    private readonly original: RunSite,
    private readonly offered: readonly string[],
    private readonly full: boolean,
  ) {}

  static async make(name: SceneName): Promise<Scene> {
    const { toml, before, full }: Wanted = SCENES[name];
    const site = await RunSite.make({ toml, lawn: true });
    for (const kind of before) {
      await site.run({ full: kind === 'full' }, site.hasty());
      await site.commit();
    }
    return new Scene(
      site,
      (await site.offered()).map(({ id }) => id),
      full,
    );
  }

  /** How often the run was killed. */
  async sweepCrashes(): Promise<number> {
    return await sweepCrashes<Struck>({
      ...this.sweep,
      check: async (struck, point) => {
        if (!sameAsNext(point)) await this.expectWholeAfter(struck);
      },
    });
  }

  /** How often the run was struck. */
  async sweepFaults(fault: string): Promise<number> {
    return await sweepFaults<Struck>({
      ...this.sweep,
      fault,
      check: async (struck, { error }: FaultPoint) => {
        if (error !== undefined && !isHoldfastError(error)) throw error;
        // In spite of the fault there is a new set, so nothing that it needs went wrong.
        if (error === undefined)
          expect((await struck.site.offered()).at(-1)!.id > (this.offered.at(-1) ?? '')).toBe(true);
        await this.expectWholeAfter(struck);
      },
    });
  }

  private get sweep() {
    return {
      inner: HASTY,
      prepare: async (): Promise<Struck> => {
        const site = await this.original.copy();
        return { site, live: liveFiles(site) };
      },
      run: (fs: FaultyFileSystem, { site }: Struck) => site.runAndPrune({ full: this.full }, site.world(fs)),
    };
  }

  /** No live file was touched, what is offered is whole, and the next run makes a whole set. */
  private async expectWholeAfter({ site, live }: Struck): Promise<void> {
    expect(liveFiles(site)).toEqual(live);
    const now = await expectOfferedWhole(site);
    // Of a full backup retention may have come to its work.
    if (this.full) expect(now.length).toBeGreaterThanOrEqual(Math.min(1, this.offered.length));
    else expect(now).toEqual(expect.arrayContaining([...this.offered]));
    const { set } = await site.runAndPrune({}, site.hasty());
    expect(set.parts[0]!.blobs).toMatchObject({ missing: 0 });
    const { to, report, set: newest } = await site.restore();
    expect(newest.id).toBe(set.id);
    expect(report.warnings).toEqual([]);
    for (const { path, content } of site.committed.main)
      expect((await readFile(join(to, 'blobstorage', path))).equals(content), path).toBe(true);
    expect(liveFiles(site)).toEqual(live);
  }
}

/** Only writes and copies are torn; after any other call is the same as before the next one. */
function sameAsNext({ moment, call }: CrashPoint): boolean {
  return moment === 'torn' && call.length === undefined && call.method !== 'copyFile';
}
