import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HoldfastError } from '@holdfast/errors';
import { describePeers, FixedClock, python, spawnPython } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { enterSnapshot } from '../../src/index.js';
import { digests, expectTidy, unpackFixture } from '../support/fixture.js';
import { makeEngine, startZope, writeConf } from './support/zope.js';

/** Takes locks (argv) as Python does, says so, keeps them until its standard input ends. */
const HOLD = `
  import fcntl, sys
  files = [open(path, 'a+') for path in sys.argv[1:]]
  for f in files:
      fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
  print('held', flush=True)
  sys.stdin.read()
`;
const TRY = `
  import fcntl, sys
  try:
      fcntl.flock(open(sys.argv[1], 'a+'), fcntl.LOCK_EX | fcntl.LOCK_NB)
      print('locked')
  except BlockingIOError:
      print('busy')
`;

async function holdLocks(directory: string, ...names: readonly string[]) {
  const holder = spawnPython(
    HOLD,
    names.map((name) => join(directory, 'misc', name)),
  );
  await holder.line('held');
  return holder;
}

const failure = (entering: Promise<unknown>): Promise<HoldfastError> =>
  entering.then(
    () => expect.unreachable('it was entered'),
    (error: unknown) => error as HoldfastError,
  );

describePeers('a process that holds a lock of the storage', () => {
  test.each([
    [['lock'], 'crashed-journal-bushy', 4],
    [['sublock'], 'crashed-journal-bushy', 4],
    [['lock', 'sublock'], 'crashed-in-snapshot-flat', 4],
    [['sublock'], 'clean-chunky', 4],
  ] as const)('%j of %s makes direct access fail, and nothing is touched', async (names, fixture, cause) => {
    const directory = await unpackFixture(fixture);
    await holdLocks(directory, ...names);
    const before = await digests(directory);
    const { engine } = makeEngine();
    const error = await failure(enterSnapshot(engine, { directory }));
    expect(error).toMatchObject({ code: 'snapshot.not-locked', path: directory });
    expect(error.message).toContain('Could not lock storage directory');
    expect(error.details.lines).toMatchObject([
      { method: 'direct', reason: expect.stringContaining('locked by'), cause: 4 },
      { method: 'lock', cause },
    ]);
    expect(error.hint).toContain('(`holdfast snapshot -t SECONDS` tries again)');
    expect(await digests(directory)).toEqual(before);
  });

  test('keeps a tidy storage from nobody where it is misc/lock alone: the sublock decides', async () => {
    const directory = await unpackFixture('clean-chunky');
    await holdLocks(directory, 'lock');
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory })).release();
    expect(told.messages).toEqual([
      expect.stringContaining('failed to open'),
      'Locked snapshot mode',
      'Unlocked snapshot mode',
    ]);
  });

  test('is waited for with a retry, as long as was said', async () => {
    const directory = await unpackFixture('clean-flat');
    const holder = await holdLocks(directory, 'lock', 'sublock');
    const { engine, told } = makeEngine();
    setTimeout(() => void holder.finish(), 300);
    const session = await enterSnapshot(engine, { directory }, { forMs: 20_000, everyMs: 50 });
    expect(
      told.messages.filter((text) => text.startsWith('Retrying snapshot.... (Could not lock')),
    ).not.toEqual([]);
    await session.release();
  });

  test('outlasts a retry: it is tried at the end of the time once more, then given up', async () => {
    const directory = await unpackFixture('clean-flat');
    await holdLocks(directory, 'sublock');
    const clock = new FixedClock();
    const { engine, told } = makeEngine({ clock });
    const entering = enterSnapshot(engine, { directory }, { forMs: 25_000 });
    expect((await failure(entering)).code).toBe('snapshot.not-locked');
    expect(clock.sleeps).toEqual([10_000, 10_000, 5000]);
    expect(told.messages.filter((text) => text.startsWith('Retrying'))).toHaveLength(3);
  });

  test('is kept out by a session, and comes in after it', async () => {
    const directory = await unpackFixture('crashed-journal-chunky');
    const session = await enterSnapshot(makeEngine().engine, { directory });
    const look = async (name: string) => (await python(TRY, [join(directory, 'misc', name)])).stdout.trim();
    expect([await look('sublock'), await look('lock')]).toEqual(['busy', 'locked']);
    expect(await readFile(join(directory, 'misc/sublock'), 'utf8')).toBe(` ${process.pid}\n`);
    await session.release();
    expect(await look('sublock')).toBe('locked');
  });

  test('gets the sublock only when the snapshot is given up, and direct access leaves no gap before it', async () => {
    const directory = await unpackFixture('clean-flat');
    const second = enterSnapshot(makeEngine().engine, { directory });
    const session = await second;
    expect((await failure(enterSnapshot(makeEngine().engine, { directory }))).message).toContain(
      `locked by process ${process.pid}`,
    );
    await session.release();
  });
});

describe('a storage that nobody uses', () => {
  test.each(['crashed-journal-chunky', 'quick-shutdown-lawn', 'crashed-in-snapshot-flat', 'clean-bushy'])(
    '%s is tidied up by direct access, also where no snapshot.conf lists it',
    async (name) => {
      const directory = await unpackFixture(name);
      await writeConf(directory, ['http http://127.0.0.1:1/DSToolkit access']);
      const { engine, told } = makeEngine();
      await (await enterSnapshot(engine, { directory })).release();
      expect(told.messages).toEqual([
        'Entered snapshot using direct access',
        'Locked snapshot mode',
        'Unlocked snapshot mode',
      ]);
      await rm(join(directory, 'config/access'));
      await rm(join(directory, 'config/snapshot.conf'));
      await expectTidy(directory, name);
    },
  );

  test('that was closed tidily is locked without a warning though no URL works and direct is inhibited', async () => {
    const directory = await unpackFixture('clean-lawn');
    await writeConf(directory, ['nodirect', 'http http://127.0.0.1:1/DSToolkit access']);
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory })).release();
    expect(told).toMatchObject({
      messages: ['Locked snapshot mode', 'Unlocked snapshot mode'],
      warnings: [],
    });
  });

  test('that crashed is not entered where direct is inhibited, and nothing is touched', async () => {
    const directory = await unpackFixture('crashed-journal-chunky');
    await writeConf(directory, ['http http://127.0.0.1:1/DSToolkit access', 'nodirect']);
    const before = await digests(directory);
    const error = await failure(enterSnapshot(makeEngine().engine, { directory }));
    expect(error.details.lines).toMatchObject([
      { method: 'http http://127.0.0.1:1/DSToolkit', reason: 'connection refused', cause: 1 },
      { method: 'lock', reason: expect.stringContaining('misc/snapshot is missing'), cause: 3 },
    ]);
    expect(await digests(directory)).toEqual(before);
    const { KernelLock } = await import('@holdfast/lockfile');
    expect(await KernelLock.isHeld(join(directory, 'misc/sublock'))).toBe(false);
  });

  test('whose journal direct access refuses is named, with the reason', async () => {
    const directory = await unpackFixture('crashed-journal-chunky');
    await writeFile(join(directory, 'journal/core'), '');
    const error = await failure(enterSnapshot(makeEngine().engine, { directory }));
    expect(error.details.lines).toMatchObject([
      { method: 'direct', reason: expect.stringContaining('journal/core') },
      { method: 'lock' },
    ]);
    expect(error.hint).toBe('Find out what it is and move it away; nothing was changed.');
  });
});

describePeers('a server of another storage', () => {
  test('is left again when the storage cannot be locked, and named as the likely cause', async () => {
    const directory = await unpackFixture('crashed-journal-chunky');
    await holdLocks(directory, 'lock', 'sublock');
    const wrong = await startZope('-');
    await writeConf(directory, [`http ${wrong.url} access`]);
    const error = await failure(enterSnapshot(makeEngine().engine, { directory }));
    expect(error.details.lines).toMatchObject([{ method: 'lock', cause: 2 }]);
    expect((await wrong.said()).slice(-2)).toEqual(['leave CODE', 'left CODE']);
  });

  test('is told of where the storage itself is in the snapshot of a tidy close', async () => {
    const directory = await unpackFixture('clean-chunky');
    const wrong = await startZope('-');
    await writeConf(directory, [`http ${wrong.url} access`]);
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory })).release();
    expect(told.warnings).toEqual([expect.stringContaining('the wrong Zope server?')]);
    expect((await wrong.said()).at(-1)).toBe('left CODE');
  });
});
