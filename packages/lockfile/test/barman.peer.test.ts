import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers, pythonOutput, spawnPython, temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ConfigUpdateLock,
  GlobalCronLock,
  KernelLock,
  LockFile,
  LockFileBusy,
  ServerBackupIdLock,
  ServerBackupLock,
  ServerBackupSyncLock,
  ServerCronLock,
  ServerWalArchiveLock,
  ServerWalReceiveLock,
  ServerWalSyncLock,
  ServerXLOGDBLock,
} from '../src/index.js';

/** Every class of the module, with the number of parameters behind the lock directory. */
const CLASSES = {
  GlobalCronLock: [GlobalCronLock, 0],
  ConfigUpdateLock: [ConfigUpdateLock, 0],
  ServerBackupLock: [ServerBackupLock, 1],
  ServerCronLock: [ServerCronLock, 1],
  ServerXLOGDBLock: [ServerXLOGDBLock, 1],
  ServerWalArchiveLock: [ServerWalArchiveLock, 1],
  ServerWalReceiveLock: [ServerWalReceiveLock, 1],
  ServerWalSyncLock: [ServerWalSyncLock, 1],
  ServerBackupIdLock: [ServerBackupIdLock, 2],
  ServerBackupSyncLock: [ServerBackupSyncLock, 2],
} as const;
type ClassName = keyof typeof CLASSES;
const NAMES = Object.keys(CLASSES) as ClassName[];
const classOf = (name: ClassName) =>
  CLASSES[name][0] as unknown as {
    new (...args: string[]): LockFile;
    buildIfMatches(path: string): LockFile | undefined;
  };

/** JSON in: [[class, arguments]…]; JSON out: the file names. `build`: [[class, path]…] to file names or null. */
const COMPARE = `
  import json, sys
  from barman import lockfile
  queries = json.load(sys.stdin)
  made = [getattr(lockfile, name)(*args).filename for name, args in queries['make']]
  built = []
  for name, path in queries['build']:
      lock = getattr(lockfile, name).build_if_matches(path)
      built.append(None if lock is None else [type(lock).__name__, lock.filename])
  json.dump({'made': made, 'built': built}, sys.stdout)
`;

describePeers('with barman.lockfile', () => {
  test('every class has the same file name and build_if_matches for the same inputs', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        'main',
        'pg-15',
        'a-backup',
        '.',
        '..',
        'x.lock',
        'ü',
        '-',
        'a b',
        '20260101T000000',
        'sync',
      ),
      fc.string({ maxLength: 6 }),
      fc.string({
        unit: fc.constantFrom('-', '.', '/', '\n', '\r', '\u2028', 'a', 'sync-backup'),
        maxLength: 6,
      }),
    );
    const directory = fc.constantFrom(
      '/var/lib/barman',
      '/',
      '//',
      '///a',
      '//two',
      'relative/dir',
      '',
      '.',
      '../up',
      '/a/b/',
    );
    const suffix = fc.constantFrom(
      '-backup.lock',
      '-cron.lock',
      '-xlogdb.lock',
      '-archive-wal.lock',
      '-receive-wal.lock',
      '-sync-wal.lock',
      '-sync-backup.lock',
      '.lock',
      'cron.lock',
      'config-update.lock',
      '-backup.lock.old',
      '-backup.lock\n',
      '-backupXlock',
      '',
    );
    const make = fc
      .constantFrom(...NAMES)
      .chain((name) =>
        fc.tuple(
          fc.constant(name),
          fc.tuple(directory, ...Array.from({ length: CLASSES[name][1] }, () => part)),
        ),
      );
    const separator = fc.constantFrom('/', '', '//');
    const build = fc.tuple(
      fc.constantFrom(...NAMES),
      fc
        .tuple(directory, separator, fc.constantFrom('.', '', '..'), part, suffix)
        .map((parts) => parts.join('')),
    );
    // Every class meets each kind of name that barman gives, whatever chance draws.
    const wellFormed = NAMES.flatMap((name) =>
      ['main-backup', 'main-cron', 'main-archive-wal', 'main-receive-wal', 'main-sync-wal']
        .concat('cron', 'config-update', 'main-xlogdb', 'main-20260101T000000')
        .concat('main-20260101T000000-sync-backup')
        .map((file): [ClassName, string] => [name, `/var/lib/barman/.${file}.lock`]),
    );
    const usable = (text: string) => !/[\0\ud800-\udfff]/.test(text);
    const queries = {
      make: fc.sample(make, { numRuns: 3000 }).filter(([, args]) => args.every(usable)),
      build: [...wellFormed, ...fc.sample(build, { numRuns: 6000 }).filter(([, path]) => usable(path))],
    };
    const cwd = process.cwd();
    const output = await pythonOutput(COMPARE, [], { input: JSON.stringify(queries), cwd });
    const theirs = JSON.parse(output) as { made: string[]; built: ([string, string] | null)[] };

    const made = queries.make.map(([name, args]) => new (classOf(name))(...args).filename);
    const built = queries.build.map(([name, path]) => {
      const lock = classOf(name).buildIfMatches(path);
      return lock === undefined ? null : [lock.constructor.name, lock.filename];
    });
    for (const [index, query] of queries.make.entries()) {
      expect([query, made[index]]).toEqual([query, theirs.made[index]]);
    }
    for (const [index, query] of queries.build.entries()) {
      expect([query, built[index]]).toEqual([query, theirs.built[index]]);
    }
    // Six classes have a pattern; the others match nothing.
    expect(new Set(theirs.built.flatMap((found) => found?.[0] ?? [])).size).toBe(6);
  });

  /** Holds `argv[1]` of barman made with the rest of argv; obeys one word a line. */
  const HOLD = `
    import os, sys
    from barman import lockfile
    lock = getattr(lockfile, sys.argv[1])(*sys.argv[2:])
    with lock as locked:
        print('held', os.getpid(), flush=True)
        sys.stdin.readline()
    print('released', flush=True)
    sys.stdin.read()
  `;
  /** Tries to take it without waiting, then asks for the owner's pid. */
  const LOOK = `
    import json, os, stat, sys
    from barman import lockfile
    def make():
        return getattr(lockfile, sys.argv[1])(*sys.argv[2:])
    lock = make()
    try:
        taken = lock.acquire(wait=False)
    except lockfile.LockFileBusy:
        taken = 'busy'
    lock.release()
    quiet = make().acquire(raise_if_fail=False, wait=False)
    mode = stat.S_IMODE(os.stat(lock.filename).st_mode)
    json.dump({'taken': taken, 'quiet': quiet, 'owner': make().get_owner_pid(), 'mode': mode}, sys.stdout)
  `;
  const look = async (args: readonly string[]) =>
    JSON.parse(await pythonOutput(LOOK, args)) as {
      taken: boolean | 'busy';
      quiet: boolean;
      owner: number | null;
      mode: number;
    };

  describe.each(NAMES)('%s', (name) => {
    const parameters = async () =>
      [await temporaryDirectory(), 'main', '20260101T000000'].slice(0, CLASSES[name][1] + 1);

    test('excludes the live one of the other side, and each reads the other’s pid', async () => {
      const args = await parameters();
      const ours = new (classOf(name))(...args);
      expect(await ours.acquire()).toBe(true);
      expect(await look([name, ...args])).toEqual({
        taken: 'busy',
        quiet: false,
        owner: process.pid,
        mode: 0o600,
      });
      await ours.release();
      expect(await look([name, ...args])).toMatchObject({ taken: true, quiet: true, owner: null });

      const theirs = spawnPython(HOLD, [name, ...args]);
      const pid = Number((await theirs.line('held')).split(' ')[1]);
      expect(await readFile(ours.filename, 'utf8')).toBe(`${pid}\n`);
      expect((await stat(ours.filename)).mode & 0o777).toBe(0o600);
      await expect(ours.acquire({ wait: false })).rejects.toBeInstanceOf(LockFileBusy);
      expect(await ours.acquire({ wait: false, raiseIfFail: false })).toBe(false);
      expect(await ours.getOwnerPid()).toBe(pid);
      theirs.tell('release');
      await theirs.line('released');
      expect(await ours.getOwnerPid()).toBeUndefined();
      await using again = new (classOf(name))(...args);
      expect(await again.acquire()).toBe(true);
    });
  });

  test('the same two classes wait by themselves, the others do not', async () => {
    const script = `
      import json, sys
      from barman import lockfile
      args = ['/d', 's', 'b']
      json.dump({n: getattr(lockfile, n)(*args[:c + 1]).wait for n, c in json.load(sys.stdin).items()}, sys.stdout)
    `;
    const counts = Object.fromEntries(NAMES.map((name) => [name, CLASSES[name][1]]));
    const waits = JSON.parse(await pythonOutput(script, [], { input: JSON.stringify(counts) })) as Record<
      string,
      boolean
    >;
    for (const name of NAMES) {
      const args = [await temporaryDirectory(), 'main', 'b'].slice(0, CLASSES[name][1] + 1);
      await using first = new (classOf(name))(...args);
      await first.acquire();
      const second = new (classOf(name))(...args);
      const attempt = second
        .acquire({ signal: AbortSignal.timeout(60) })
        .catch((error: { code: string }) => error.code);
      expect([name, await attempt]).toEqual([name, waits[name] ? 'cancelled' : 'lock.busy']);
    }
  });

  test('the pids of both are read from the texts that both can parse, and neither from the others', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const script = `
      import json, sys
      from barman.lockfile import LockFile, LockFileParsingError
      try:
          print(json.dumps(LockFile(sys.argv[1]).get_owner_pid()))
      except LockFileParsingError:
          print('"unreadable"')
    `;
    await using held = await KernelLock.acquire(path);
    for (const text of [
      '17\n',
      ' 17 \n',
      '+17\n',
      '017\n',
      '-3\n',
      '17',
      '17\n18\n',
      '',
      '\n',
      'x\n',
      '1 7\n',
      '0x11\n',
      '17.0\n',
    ]) {
      await writeFile(path, text);
      const theirs: unknown = JSON.parse(await pythonOutput(script, [path]));
      const ours = await new LockFile(path).getOwnerPid().catch((error: { code: string }) => {
        expect(error.code).toBe('lock.owner-unreadable');
        return 'unreadable';
      });
      expect([text, ours]).toEqual([text, theirs]);
    }
    held.assertHeld();
  });
});
