import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { EXIT } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { appendTransactions, sampleFile, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { unpackFixture } from '../../../packages/directorystorage/test/support/fixture.js';
import { BIN, holdfast, start } from './support/cli.js';

let storage: string;

beforeEach(async () => {
  storage = await unpackFixture('crashed-journal-chunky');
});

const snapshot = (...args: readonly string[]) => holdfast(['snapshot', ...args]);
const sublock = () => join(storage, 'misc/sublock');

describe('holdfast snapshot of a DirectoryStorage', () => {
  test('runs COMMAND under the lock, and ends with its status', async () => {
    const script = 'flock -n "$0/misc/sublock" echo free || echo held; cat "$0/misc/snapshot"; exit 5';
    const { status, stdout, stderr } = await snapshot(
      '--storage',
      storage,
      '--',
      'sh',
      '-c',
      script,
      storage,
    );
    expect({ status, stdout }).toEqual({ status: 5, stdout: 'held\nshutdown' });
    expect(stderr.split('\n').slice(1)).toEqual([
      'Entered snapshot using direct access',
      'Locked snapshot mode',
      'Unlocked snapshot mode',
      '',
    ]);
    expect(await KernelLock.isHeld(sublock())).toBe(false);
  });

  test('takes the old command line, and a program of its own name', async () => {
    const line = [storage, '-', 'echo', '-n', '$HOME', '-v'];
    expect(await snapshot(...line)).toMatchObject({ status: 0, stdout: '$HOME -v' });
    const program = join(dirname(BIN), 'holdfast-snapshot.js');
    const command = [process.execPath, program];
    expect(await holdfast(line, { command })).toMatchObject({ status: 0, stdout: '$HOME -v' });
  });

  test('says nothing with -q, not even where COMMAND fails', async () => {
    const { status, stderr } = await snapshot('-q', '--storage', storage, 'false');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });

  test('options may come before its name, as for every command', async () => {
    const { status, stderr } = await holdfast([
      '-q',
      'snapshot',
      '--storage',
      storage,
      '--',
      'sh',
      '-c',
      'exit 4',
    ]);
    expect({ status, stderr }).toEqual({ status: 4, stderr: '' });
  });

  test('gives COMMAND the environment, its own streams and the umask of the user', async () => {
    const made = join(storage, 'made');
    const script =
      'cat; echo $SNAPSHOT_VERSION $SNAPSHOT_DIRECTORY; date +%s; echo $SNAPSHOT_TIMESTAMP; touch "$0"';
    const shell = ['-c', 'umask 0022; exec "$@"', 'sh', process.execPath, BIN];
    const { stdout } = await holdfast(['snapshot', '--storage', storage, '--', 'sh', '-c', script, made], {
      command: ['/bin/sh', ...shell],
      input: 'from standard input\n',
    });
    const [input, environment, now, timestamp] = stdout.split('\n');
    expect([input, environment]).toEqual(['from standard input', `2 ${storage}`]);
    expect(Number(now) - Number(timestamp)).toBeLessThanOrEqual(10);
    expect(Number(now) - Number(timestamp)).toBeGreaterThanOrEqual(0);
    expect((await nodeFileSystem.stat(made)).mode).toBe(0o644);
  });

  test('without COMMAND only enters and leaves', async () => {
    expect((await snapshot('--storage', storage)).status).toBe(0);
  });

  test('says that COMMAND is not there or cannot be run, as a shell does, and unlocks', async () => {
    expect((await snapshot('--storage', storage, 'no-such-program')).status).toBe(127);
    const plain = join(storage, 'plain');
    await writeFile(plain, '');
    expect((await snapshot('--storage', storage, plain)).status).toBe(126);
    expect(await KernelLock.isHeld(sublock())).toBe(false);
  });

  test('does not run COMMAND where it cannot lock, and names each method and its cause', async () => {
    await using _busy = await KernelLock.acquire(sublock());
    const done = join(storage, 'done');
    const { status, stderr } = await snapshot('--storage', storage, 'touch', done);
    expect(status).toBe(EXIT.busy);
    const lines = stderr.trimEnd().split('\n').slice(1);
    expect(lines[0]).toBe(`holdfast: Could not lock storage directory ${storage}`);
    expect(lines[1]).toMatch(
      /^ {10}direct: .*misc\/sublock is locked by .*\(looks like cause 4: another process/,
    );
    expect(lines[2]).toMatch(/^ {10}lock: .*\(looks like cause 4/);
    expect(lines[3]).toMatch(/^ {10}Wait until that process has ended/);
    expect(existsSync(done)).toBe(false);
    const json = await snapshot('-q', '--json', '--storage', storage, 'touch', done);
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: 'snapshot',
      ok: false,
      error: {
        code: 'snapshot.not-locked',
        details: { lines: [{ method: 'direct', cause: 4 }, { method: 'lock' }] },
      },
    });
  });

  test('tries again with -t, every -s seconds', async () => {
    const busy = await KernelLock.acquire(sublock());
    const running = start(['snapshot', '-t', '20', '-s', '0.1', '--storage', storage, 'echo', 'ran']);
    await running.says('Retrying snapshot.... (Could not lock');
    await busy.release();
    expect(await running.done).toMatchObject({ status: 0, stdout: 'ran\n' });
    await using _again = await KernelLock.acquire(sublock());
    const { status, stderr } = await snapshot('-t1', '-s', '0.4', '--storage', storage, 'echo', 'ran');
    expect(status).toBe(EXIT.busy);
    expect(stderr.match(/Retrying/g)).toHaveLength(3);
  });

  test('stops trying again when it gets a signal', async () => {
    await using _busy = await KernelLock.acquire(sublock());
    const running = start(['snapshot', '-t', '100', '--storage', storage, 'true']);
    await running.says('Retrying');
    running.kill('SIGTERM');
    const { status, stderr } = await running.done;
    expect(status).toBe(EXIT.cancelled);
    expect(stderr).toContain('stopped by SIGTERM; the command was not run');
  });

  test('is used by another one under it, which takes no lock', async () => {
    const inner = [process.execPath, BIN, 'snapshot', '--storage', storage, 'sh', '-c', 'echo inner; exit 6'];
    const { status, stdout, stderr } = await snapshot('--storage', storage, ...inner);
    expect({ status, stdout }).toEqual({ status: 6, stdout: 'inner\n' });
    expect(stderr.match(/Locked snapshot mode/g)).toHaveLength(1);
    const other = await unpackFixture('clean-flat');
    const wrong = [process.execPath, BIN, 'snapshot', '--storage', other, 'true'];
    const refused = await snapshot('--storage', storage, ...wrong);
    expect(refused.status).toBe(EXIT.usage);
    expect(refused.stderr).toContain('directories different');
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'passes %s on to COMMAND, and waits for it',
    async (signal) => {
      const trap = `trap "echo got ${signal}; exit 9" ${signal.slice(3)}; echo ready >&2; while :; do sleep 0.05; done`;
      const running = start(['snapshot', '--storage', storage, '--', 'sh', '-c', trap]);
      await running.says('ready');
      running.kill(signal);
      expect(await running.done).toMatchObject({ status: 9, stdout: `got ${signal}\n` });
      expect(await KernelLock.isHeld(sublock())).toBe(false);
    },
  );

  test('tells 128 and the signal where one ended COMMAND', async () => {
    expect((await snapshot('--storage', storage, 'sh', '-c', 'kill -KILL $$')).status).toBe(137);
    const running = start([
      'snapshot',
      '--storage',
      storage,
      '--',
      'sh',
      '-c',
      'echo ready >&2; exec sleep 100',
    ]);
    await running.says('ready');
    running.kill('SIGTERM');
    expect((await running.done).status).toBe(143);
  });

  test('ends a COMMAND that takes longer than --max-freeze', async () => {
    const { status, stderr } = await snapshot('--max-freeze', '0.3', '--storage', storage, 'sleep', '100');
    expect(status).toBe(EXIT.cancelled);
    expect(stderr).toContain('Unlocked snapshot mode');
    expect(stderr).toContain('it ran for more than 0.3 seconds');
  });

  test('that is killed keeps the storage locked as long as COMMAND lives', async () => {
    const running = start([
      'snapshot',
      '--storage',
      storage,
      '--',
      'sh',
      '-c',
      'echo pid $$ >&2; exec sleep 100',
    ]);
    await running.says('pid ');
    const kept = running.stderr();
    const pid = Number(/pid (\d+)/.exec(kept)?.[1]);
    whenDone(() => {
      if (existsSync(`/proc/${pid}/stat`)) process.kill(pid, 'SIGKILL');
    });
    running.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(existsSync(`/proc/${running.pid}/fd/0`)).toBe(false);
    expect((await snapshot('-q', '--storage', storage, 'true')).status).toBe(EXIT.busy);
    process.kill(pid, 'SIGKILL');
    await running.done;
    expect((await snapshot('-q', '--storage', storage, 'true')).status).toBe(0);
  });

  test('is loud when the snapshot was taken away, whatever COMMAND thinks of it', async () => {
    const { status, stderr } = await snapshot('--storage', storage, 'rm', join(storage, 'misc/snapshot'));
    expect(status).toBe(EXIT.source);
    expect(stderr).toContain('was taken away while it was in use: the file misc/snapshot was removed');
  });

  test('warns of a snapshot that was left behind, with -q as well, and ends with the status of COMMAND', async () => {
    const old = await unpackFixture('crashed-in-snapshot-flat');
    await mkdir(join(old, 'config'), { recursive: true });
    await writeFile(join(old, 'config/snapshot.conf'), 'nodirect\n');
    const { status, stderr } = await snapshot('-q', '--storage', old, 'true');
    expect(status).toBe(EXIT.ok);
    expect(stderr).toMatch(
      /^holdfast: warning: no method entered a snapshot of .*; what was committed after that is not in it \(.*\)\n$/,
    );
    const check = await holdfast(['ds', 'check', '-q', '--storage', old]);
    expect(check).toMatchObject({ status: EXIT.ok, stderr });
  });

  test('a tool in it that goes on after it fails, and so does one that is started then', async () => {
    await mkdir(join(storage, 'backups'));
    const [inside, go] = [join(storage, 'inside'), join(storage, 'go')];
    const until = (path: string) => `while [ ! -e '${path}' ]; do sleep 0.05; done`;
    const wait = `echo > '${inside}'; ${until(go)}`;
    const tool = `"${process.execPath}" "${BIN}" snapshot -- sh -c "${wait}"`;
    const running = start([
      'snapshot',
      '-q',
      '--storage',
      storage,
      '--',
      'bash',
      '-c',
      `(${tool}; echo status $?) & ${until(inside)}`,
    ]);
    while (existsSync(`/proc/${running.pid}`)) await new Promise((resolve) => setTimeout(resolve, 50));
    await using _other = await KernelLock.acquire(sublock());
    await rm(join(storage, 'misc/snapshot'));
    await writeFile(go, '');
    const { stdout, stderr } = await running.done;
    expect(stdout).toBe(`status ${EXIT.source}\n`);
    expect(stderr).toContain('was taken away while it was in use: the file misc/snapshot was removed');
    const environment = { SNAPSHOT_VERSION: '2', SNAPSHOT_DIRECTORY: storage, SNAPSHOT_TIMESTAMP: '1' };
    await writeFile(join(storage, 'misc/snapshot'), 'shutdown');
    await _other.release();
    const late = await holdfast(['ds', 'backup', 'full'], { env: environment });
    expect(late.status).toBe(EXIT.usage);
    expect(late.stderr).toContain('whose snapshot is over: nobody holds misc/sublock');
  });

  test('refuses what is no storage', async () => {
    const directory = await temporaryDirectory();
    expect(await snapshot('--storage', directory, 'true')).toMatchObject({ status: EXIT.source });
    const nothing = await snapshot('--storage', join(directory, 'none'), 'true');
    expect(nothing.status).toBe(EXIT.source);
    expect(nothing.stderr).toContain('there is no storage at');
    expect(nothing.stderr).not.toContain('Entered snapshot');
    expect((await snapshot('--copy', '--storage', storage, 'true')).status).toBe(EXIT.usage);
  });

  test('loads neither HTTP nor XML-RPC where no server is asked', async () => {
    const directory = await temporaryDirectory();
    const [hook, list] = [join(directory, 'hook.cjs'), join(directory, 'modules.json')];
    const write = `require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList))`;
    await writeFile(hook, `process.on('exit', () => ${write});`);
    const command = [process.execPath, '-r', hook, BIN];
    await holdfast(['snapshot', '-q', '--storage', storage], { command });
    const loaded = JSON.parse(await readFile(list, 'utf8')) as readonly string[];
    const heavy = ['http', 'https', 'tls', 'zlib', 'readline'].map((name) => `NativeModule ${name}`);
    expect(loaded.filter((name) => heavy.includes(name))).toEqual([]);
  });
});

describe('holdfast snapshot of a Data.fs', () => {
  let dataFs: string;

  beforeEach(async () => {
    dataFs = join(await temporaryDirectory(), 'Data.fs');
    await sampleFile(dataFs);
  });

  const cat = `${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} snapshot cat`;

  test('gives COMMAND the frozen bytes, exactly, while others write', async () => {
    const before = await readFile(dataFs);
    const script = `echo ready >&2; read line; ${cat}`;
    const child = ['snapshot', '--storage', dataFs, '--', 'sh', '-c', script];
    const running = start(child, { command: [process.execPath, BIN] });
    await running.says('ready');
    await appendTransactions(nodeFileSystem, dataFs, { transactions: 5 });
    running.tell('go\n');
    const { status, bytes, stderr } = await running.done;
    expect(status).toBe(0);
    expect(bytes.equals(before)).toBe(true);
    expect(stderr).toContain('Locked snapshot mode');
    expect(await readdir(dirname(dataFs))).toEqual(['Data.fs']);
  });

  test('tells path, size, tid and method; with --copy a file of just these bytes', async () => {
    const script =
      'cmp "$SNAPSHOT_FILE" "$SNAPSHOT_SOURCE" && echo same; echo $SNAPSHOT_SIZE $SNAPSHOT_TID $SNAPSHOT_METHOD';
    const { stdout } = await snapshot('--copy', '--storage', dataFs, '--', 'sh', '-c', script);
    const size = (await readFile(dataFs)).length;
    expect(stdout).toMatch(new RegExp(`^same\n${size} [0-9a-f]{16} copy\n$`));
  });

  test('is used by another one under it', async () => {
    const inner = [process.execPath, BIN, 'snapshot', '--storage', dataFs, 'sh', '-c', 'echo $SNAPSHOT_FILE'];
    const script = 'echo $SNAPSHOT_FILE; exec "$@"';
    const { stdout } = await snapshot('-q', '--storage', dataFs, '--', 'sh', '-c', script, 'sh', ...inner);
    const [outer, nested] = stdout.split('\n');
    expect(outer).toMatch(/\.holdfast-frozen-/);
    expect(nested).toBe(outer);
  });

  test('under the snapshot of a DirectoryStorage adds to that one', async () => {
    const inner = [process.execPath, BIN, 'snapshot', '--storage', dataFs, '--', 'sh', '-c', 'env | sort'];
    const script = 'echo $SNAPSHOT_TIMESTAMP; sleep 1.1; exec "$@"';
    const { stdout } = await snapshot('-q', '--storage', storage, '--', 'sh', '-c', script, 'sh', ...inner);
    const timestamp = stdout.split('\n')[0];
    expect(stdout).toContain(`\nSNAPSHOT_TIMESTAMP=${timestamp}\n`);
    expect(stdout).toContain(`\nSNAPSHOT_DIRECTORY=${storage}\nSNAPSHOT_FILE=`);
  });

  test('that is killed leaves the frozen file to COMMAND; the next one removes it when COMMAND is gone', async () => {
    const script = 'echo pid $$ >&2; exec sleep 100';
    const running = start(['snapshot', '--storage', dataFs, '--', 'sh', '-c', script]);
    await running.says('pid ');
    const pid = Number(/pid (\d+)/.exec(running.stderr())?.[1]);
    whenDone(() => {
      if (existsSync(`/proc/${pid}/stat`)) process.kill(pid, 'SIGKILL');
    });
    running.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await snapshot('-q', '--storage', dataFs, 'true')).status).toBe(0);
    expect(await readdir(dirname(dataFs))).toHaveLength(2);
    process.kill(pid, 'SIGKILL');
    await running.done;
    expect((await snapshot('-q', '--storage', dataFs, 'true')).status).toBe(0);
    expect(await readdir(dirname(dataFs))).toEqual(['Data.fs']);
  });

  test('cat alone, without a frozen Data.fs, is a wrong command line', async () => {
    const { status, stdout, stderr } = await snapshot('cat');
    expect({ status, stdout }).toEqual({ status: EXIT.usage, stdout: '' });
    expect(stderr).toContain('SNAPSHOT_FILE is not set');
  });

  test('with the program cat as COMMAND is told from the frozen bytes, which it would not write', async () => {
    const { status, stdout, stderr } = await snapshot('--storage', dataFs, 'cat');
    expect({ status, stdout }).toEqual({ status: EXIT.usage, stdout: '' });
    expect(stderr).toContain('holdfast snapshot cat > COPY');
    expect(await readdir(dirname(dataFs))).toEqual(['Data.fs']);
  });

  test('in a directory that cannot be written to is refused with what to do', async () => {
    if (process.getuid?.() === 0) return;
    const directory = join(await temporaryDirectory(), 'closed');
    await mkdir(directory);
    await sampleFile(join(directory, 'Data.fs'));
    await chmod(directory, 0o500);
    const { status, stderr } = await snapshot('--storage', join(directory, 'Data.fs'), 'true');
    expect(status).toBe(EXIT.system);
    expect(stderr).toContain('permission denied');
    await chmod(directory, 0o700);
  });
});
