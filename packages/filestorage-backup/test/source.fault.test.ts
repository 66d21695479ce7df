import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { lockRepository } from '@holdfast/lockfile';
import { FaultyFileSystem, sampleStorage } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { Site } from './support/site.js';

/** The engine on a file system that does something to the source before its nth read. */
function meddling(site: Site, nth: number, action: () => Promise<void>) {
  return site.engine(new FaultyFileSystem().before('read', action, { nth, path: /Data\.fs$/ }));
}

async function expectNothingPublished(site: Site): Promise<void> {
  const names = await readdir(site.repository);
  expect(names.filter((name) => name !== '.holdfast.lock')).toEqual([]);
}

describe('a source that changes while it is copied', () => {
  test('and becomes shorter is an error that says so, and nothing is published', async () => {
    const site = await Site.make();
    const half = (await site.bytes()).length >> 1;
    // The first read is of the magic.
    const engine = meddling(site, 2, () => truncate(site.source, half));
    await expect(site.backup({}, engine)).rejects.toMatchObject({ code: 'source.shrank', path: site.source });
    await expectNothingPublished(site);
  });

  test('and is replaced, as by a pack, is backed up as it was, with a warning', async () => {
    const site = await Site.make();
    const before = await site.bytes();
    const engine = meddling(site, 2, async () => {
      await rename(site.source, `${site.source}.old`);
      await sampleStorage(nodeFileSystem, site.source, { transactions: 2, seed: 8 });
    });
    const result = await site.backup({}, engine);
    expect(result.warnings.join()).toContain('replaced');
    expect((await site.restore()).equals(before)).toBe(true);
  });

  test('and grows is backed up as far as it was there at the start', async () => {
    const site = await Site.make();
    const before = await site.bytes();
    const grown = await (await site.copy()).grow();
    const engine = meddling(site, 2, () => appendFile(site.source, grown.subarray(before.length)));
    await site.backup({}, engine);
    expect((await site.restore()).equals(before)).toBe(true);
    await site.backup();
    expect((await site.restore()).equals(grown)).toBe(true);
  });

  test('an unfinished commit at its end is left out, and taken when it is finished', async () => {
    const site = await Site.make();
    const before = await site.bytes();
    const grown = await (await site.copy()).grow(1);
    const voted = Buffer.from(grown);
    voted.write('c', before.length + 16);
    await site.write(voted);
    await site.backup();
    expect((await site.restore()).equals(before)).toBe(true);
    expect(await site.backup()).toMatchObject({ kind: 'nothing', reason: 'unfinished-tail' });
    const file = await nodeFileSystem.openWrite(site.source);
    await file.write(Buffer.from(' '), before.length + 16);
    await file.close();
    expect(await site.backup()).toMatchObject({ kind: 'increment', transactions: 1 });
    expect((await site.restore()).equals(grown)).toBe(true);
  });
});

describe('a source that is not there for an instant', () => {
  test('is waited for while a pack is between its two renames, also behind a link', async () => {
    const site = await Site.make();
    const real = join(site.directory, 'real.fs');
    await rename(site.source, real);
    await symlink('real.fs', site.source);
    await rename(real, `${real}.old`);
    const { clock } = site;
    const patient = {
      ...clock,
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: async (ms: number) => {
        await clock.sleep(ms);
        if (clock.sleeps.length === 3) await rename(`${real}.old`, real);
      },
    };
    expect(await site.backup({}, site.engine(undefined, { clock: patient }))).toMatchObject({ kind: 'full' });
    expect(clock.sleeps.length).toBe(3);
  });

  test('and stays away is named, with what lies beside it', async () => {
    const site = await Site.make();
    await rename(site.source, `${site.source}.old`);
    await writeFile(`${site.source}.pack`, 'x');
    await expect(site.backup()).rejects.toMatchObject({
      code: 'source.missing',
      message: expect.stringContaining('Data.fs.old and Data.fs.pack'),
      hint: expect.stringContaining('Data.fs.pack'),
    });
  });

  test('is an error at once when nothing of a pack is there', async () => {
    const site = await Site.make();
    await rm(site.source);
    await expect(site.backup()).rejects.toMatchObject({ code: 'source.missing' });
    expect(site.clock.sleeps).toEqual([]);
  });
});

describe('a source that is no storage', () => {
  const cases: readonly [string, (site: Site) => Promise<void>, object][] = [
    ['an empty file', (site) => site.write(Buffer.alloc(0)), { code: 'filestorage.bad-magic', offset: 0 }],
    [
      'other data',
      (site) => site.write(Buffer.from('hello world, this is no storage')),
      { code: 'filestorage.bad-magic' },
    ],
    [
      'a directory',
      async (site) => {
        await rm(site.source);
        await mkdir(site.source);
      },
      { code: 'fs.not-a-regular-file' },
    ],
    [
      'a FIFO',
      async (site) => {
        await rm(site.source);
        execFileSync('mkfifo', [site.source]);
      },
      { code: 'fs.not-a-regular-file' },
    ],
    [
      'garbage behind the magic',
      async (site) => {
        const bytes = await site.bytes();
        bytes.fill(0x41, 4);
        await site.write(bytes);
      },
      {},
    ],
    [
      'a record with a length beyond its transaction',
      async (site) => {
        const bytes = await site.bytes();
        const record = bytes.indexOf(Buffer.alloc(8), 4 + 23);
        bytes.writeBigUInt64BE(0x7fffffffffffffffn, record + 34);
        await site.write(bytes);
      },
      { code: 'filestorage.damaged', offset: expect.any(Number) },
    ],
  ];

  test.each(cases)('%s: a typed error, and nothing is published', async (_, spoil, error) => {
    const site = await Site.make();
    await spoil(site);
    await expect(site.backup()).rejects.toMatchObject({ name: 'HoldfastError', ...error });
    await expectNothingPublished(site);
  });

  test.skipIf(process.getuid?.() === 0)('one that may not be read: a typed error', async () => {
    const site = await Site.make();
    await chmod(site.source, 0);
    await expect(site.backup()).rejects.toMatchObject({ code: 'fs.permission' });
  });
});

describe('the clock', () => {
  test('that stands still, or stepped back a little, is waited for; names grow', async () => {
    const site = await Site.make();
    await site.backup();
    await site.grow(1, 3);
    site.clock.advance(-1000);
    await site.backup();
    await site.grow(1, 4);
    site.clock.advance(-4000);
    await site.backup();
    const names = (await readdir(site.repository)).filter((name) => /fsz$/.test(name)).sort();
    expect(new Set(names.map((name) => name.slice(0, 19))).size).toBe(3);
    expect((await site.verify()).sound).toBe(true);
    for (const name of names)
      expect(
        Date.parse(`${name.slice(0, 10)}T${name.slice(11, 19).replaceAll('-', ':')}Z`),
      ).toBeLessThanOrEqual(site.clock.now());
  });

  test('that is far behind the newest backup is refused with what to do', async () => {
    const site = await Site.make();
    await site.backup();
    await site.grow();
    site.clock.advance(-3600_000);
    await expect(site.backup()).rejects.toMatchObject({
      code: 'repository.clock-behind',
      hint: expect.stringContaining('clock'),
    });
  });
});

describe('somebody else in the repository', () => {
  test('another Holdfast: busy, with who it is', async () => {
    const site = await Site.make();
    await using _held = await lockRepository(site.repository, { command: 'the other one' });
    await expect(site.backup()).rejects.toMatchObject({
      code: 'lock.busy',
      message: expect.stringContaining('the other one'),
    });
  });

  test('a repozo that writes at this moment is refused; what a dead one left is passed over', async () => {
    const site = await Site.make();
    const temporary = join(site.repository, 'tmp.tmp');
    await writeFile(temporary, 'half');
    site.clock.set(Date.now());
    const { clock } = site;
    const alive = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: async (ms: number) => {
        await clock.sleep(ms);
        await appendFile(temporary, 'more');
      },
    };
    await expect(site.backup({}, site.engine(undefined, { clock: alive }))).rejects.toMatchObject({
      code: 'repository.foreign-writer',
    });
    expect(await site.backup()).toMatchObject({ kind: 'full' });
  });

  test.each(['before:publish-data', 'after:publish-data', 'before:publish-dat'])(
    'a repozo that publishes at %s: our own increment is withdrawn, and the next run goes on',
    async (point) => {
      const site = await Site.make();
      await site.backup();
      const foreign = await site.copy();
      const grown = await site.grow(2, 5);
      await foreign.write(grown);
      foreign.clock.advance(5000);
      await foreign.backup({ gzip: false });
      const name = (await readdir(foreign.repository)).find((candidate) => candidate.endsWith('.deltafs'))!;
      const dat = (await readdir(foreign.repository)).find((candidate) => candidate.endsWith('.dat'))!;
      const failpoint = async (passed: string) => {
        if (passed !== point) return;
        await writeFile(join(site.repository, name), await readFile(join(foreign.repository, name)));
        await writeFile(join(site.repository, dat), await readFile(join(foreign.repository, dat)));
      };
      await expect(site.backup({}, site.engine(undefined, { failpoint }))).rejects.toMatchObject({
        code: 'repository.foreign-writer',
      });
      expect((await site.restore()).equals(grown)).toBe(true);
      site.clock.advance(20_000);
      await site.backup();
      expect(await site.verify()).toMatchObject({ sound: true });
      expect((await site.restore()).equals(grown)).toBe(true);
    },
  );
});
