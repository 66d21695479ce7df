import { isHoldfastError } from '@holdfast/errors';
import { FaultyFileSystem, sweepCrashes, sweepFaults } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RestoreRequest, recoverRestore } from '../src/restore/index.js';
import { Backups, HASTY, Site, type State, worldOn } from './support/restore-site.js';

let backups: Backups;
let fresh: State;
beforeAll(async () => {
  backups = await Backups.make();
  fresh = await backups.content();
});

interface Prepared {
  readonly site: Site;
  readonly old: State;
}

async function prepare(names?: readonly string[]): Promise<Prepared> {
  const site = await Site.make(names);
  return { site, old: await site.state() };
}

function newOf({ names }: Site): State {
  return Object.fromEntries(names.map((name) => [name, fresh[name]!]));
}

/** Wholly old or wholly new, and nothing left of the work. */
async function expectWhole({ site, old }: Prepared): Promise<'old' | 'new'> {
  const state = await site.state();
  expect([old, newOf(site)]).toContainEqual(state);
  expect(await site.leftovers()).toEqual([]);
  return JSON.stringify(state) === JSON.stringify(old) ? 'old' : 'new';
}

describe('a restore with blobs, killed at any call', () => {
  test.each<[string, readonly string[], Partial<RestoreRequest>]>([
    ['two storages, the old files kept', ['catalog', 'main'], {}],
    ['one storage, the old files replaced', ['main'], { replace: true }],
  ])('is wholly old or wholly new after recovery (%s)', { timeout: 180_000 }, async (_, names, request) => {
    const outcomes = new Set<string>();
    const crashes = await sweepCrashes<Prepared>({
      inner: HASTY,
      prepare: () => prepare(names),
      run: (fs, { site }) => backups.restore(site, fs, request),
      check: async (prepared) => {
        const { outcome } = await recoverRestore(worldOn(), { storages: prepared.site.all });
        outcomes.add(`${outcome} ${await expectWhole(prepared)}`);
      },
    });
    expect(crashes).toBeGreaterThan(100);
    expect([...outcomes].sort()).toEqual([
      'finished new',
      'nothing new',
      'nothing old',
      'undone new',
      'undone old',
    ]);
  });

  test('and killed again in the recovery, is put right by the next one', async () => {
    let recovered = 0;
    await sweepCrashes<Prepared>({
      inner: HASTY,
      prepare: async () => {
        const prepared = await prepare(['main']);
        const dying = new FaultyFileSystem();
        const dies = {
          failpoint: (name: string) => (name === 'after:restore-put' ? dying.crash(name) : undefined),
        };
        await expect(backups.restore(prepared.site, dying, {}, worldOn(dying, dies))).rejects.toThrow();
        return prepared;
      },
      run: (fs, { site }) => recoverRestore(worldOn(fs), { storages: site.all }),
      check: async (prepared) => {
        recovered += 1;
        // Also without being asked, by the next restore.
        if (recovered % 5 === 0) await backups.restore(prepared.site);
        else await recoverRestore(worldOn(), { storages: prepared.site.all });
        expect(await expectWhole(prepared)).toBe('new');
      },
    });
    expect(recovered).toBeGreaterThan(10);
  });
});

describe('a restore with blobs, struck at any call', () => {
  test.each(['ENOSPC', 'EIO'])('by %s, leaves all as it was, or all new', async (fault) => {
    await sweepFaults<Prepared>({
      fault,
      inner: HASTY,
      prepare: () => prepare(['main']),
      run: (fs, { site }) => backups.restore(site, fs),
      check: async (prepared, { error, nth }) => {
        if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
        const state = JSON.stringify(await prepared.site.state());
        const wanted = JSON.stringify(newOf(prepared.site));
        if (error === undefined) expect(state).toBe(wanted);
        else expect([JSON.stringify(prepared.old), wanted]).toContain(state);
        if (nth % 5 !== 0) return;
        await backups.restore(prepared.site);
        expect(await expectWhole(prepared)).toBe('new');
      },
    });
  });
});
