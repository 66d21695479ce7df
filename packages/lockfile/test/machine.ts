import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { test } from 'vitest';

interface Needs {
  /** Programs that must be on the PATH. */
  readonly programs?: readonly string[];
  readonly root?: true;
}

/** A test that needs more than Node; where the machine lacks it, it is skipped with the reason printed. */
export function faultTest(name: string, needs: Needs, work: () => Promise<void>): void {
  const reason = missing(needs);
  if (reason === undefined) {
    test(name, work);
    return;
  }
  process.stderr.write(`skipped: ${name}: ${reason}\n`);
  test.skip(`${name} [${reason}]`, work);
}

function missing({ programs = [], root }: Needs): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (root === true && process.getuid?.() !== 0) return 'needs root';
  const absent = programs.filter((name) => spawnSync(name, ['--version']).error !== undefined);
  return absent.length === 0 ? undefined : `needs ${absent.join(', ')}`;
}

/** A small file system of its own, such as `size=64k,nr_inodes=3`. */
export async function smallTmpfs(options: string): Promise<string> {
  const directory = await temporaryDirectory();
  mount(['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  whenDone(() => {
    spawnSync('umount', ['-l', directory]);
  });
  return directory;
}

export function mount(args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`);
}

/** In front of a program: `strace` that follows its threads, injects into calls on one path, and writes a log. */
export async function strace(expression: string, path?: string) {
  const log = join(await temporaryDirectory(), 'strace.log');
  const call = expression.split(':')[0];
  const only = path === undefined ? [] : ['-P', path];
  const under = [
    'strace',
    '-f',
    '-qq',
    '-o',
    log,
    ...only,
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${expression}`,
  ];
  return { under, log };
}
