import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  describePeers,
  FailpointRecorder,
  FaultyFileSystem,
  repozo,
  SimulatedCrash,
} from '@holdfast/test-kit';
import { beforeAll, expect, test } from 'vitest';
import { Site } from './support/site.js';

/** Python goes by the wall clock, so the site's clock is an hour behind it. */
async function pastSite(): Promise<Site> {
  const site = await Site.make();
  site.clock.set(Date.now() - 3600_000);
  return site;
}

interface Scene {
  readonly site: Site;
  readonly old: Buffer | undefined;
  readonly next: Buffer;
}

const scenes = {
  'a first full': async (): Promise<Scene> => {
    const site = await pastSite();
    return { site, old: undefined, next: await site.bytes() };
  },
  'an increment': async (): Promise<Scene> => {
    const site = await pastSite();
    await site.backup();
    await site.grow();
    await site.backup();
    const old = await site.bytes();
    return { site, old, next: await site.grow(2, 3) };
  },
} as const;

/** Kills a backup at a named point; whether the point was reached. */
async function killAt(site: Site, point: string): Promise<void> {
  const fs = new FaultyFileSystem();
  const failpoint = new FailpointRecorder(fs).crashAt(point).hook;
  await expect(site.backup({}, site.engine(fs, { failpoint }))).rejects.toBeInstanceOf(SimulatedCrash);
}

async function pointsOf(scene: Scene): Promise<readonly string[]> {
  const site = await scene.site.copy();
  const recorder = new FailpointRecorder();
  await site.backup({}, site.engine(undefined, { failpoint: recorder.hook }));
  return recorder.names;
}

/** What Python's repozo restores now; undefined where it refuses. */
async function pythonRestore(site: Site): Promise<Buffer | undefined> {
  const output = join(site.directory, 'python.fs');
  const { status } = await repozo(['-R', '-r', site.repository, '-o', output]);
  return status === 0 ? readFile(output) : undefined;
}

describePeers('a backup that was killed at any of its steps, with Python next', () => {
  for (const [name, make] of Object.entries(scenes)) {
    let scene: Scene;
    let points: readonly string[];

    beforeAll(async () => {
      scene = await make();
      points = await pointsOf(scene);
    });

    test(`${name}: repozo -R gives the old or the new moment, or refuses`, async () => {
      expect(points.length).toBeGreaterThan(6);
      for (const point of points) {
        const site = await scene.site.copy();
        await killAt(site, point);
        const restored = await pythonRestore(site);
        const right = [scene.old, scene.next].some(
          (bytes) => restored === bytes || (bytes && restored?.equals(bytes)),
        );
        expect(right, point).toBe(true);
      }
    });

    test.each(['-BQ', '-B'])(
      `${name}: repozo %s restores rightly after it, and Holdfast goes on`,
      async (how) => {
        for (const point of points) {
          const site = await scene.site.copy();
          await killAt(site, point);
          await site.grow(1, 4);
          const source = await site.bytes();
          const { status } = await repozo([how, '-r', site.repository, '-f', site.source]);
          if (status === 0)
            expect((await pythonRestore(site))?.equals(source), `${point}: ${how} then -R`).toBe(true);
          expect((await site.restore()).equals(source) || status !== 0, `${point}: ${how} then restore`).toBe(
            true,
          );
          site.clock.set(Date.now());
          const last = await site.grow(1, 5);
          await site.backup();
          expect(await site.verify(), point).toMatchObject({ sound: true, problems: [] });
          expect((await site.restore()).equals(last), point).toBe(true);
          expect((await repozo(['-V', '-r', site.repository])).status, point).toBe(0);
        }
      },
    );
  }
});
