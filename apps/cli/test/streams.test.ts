import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { generateStorage, temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { BIN, holdfast, makeSite, type Site, start } from './support/cli.js';

let site: Site;

beforeAll(async () => {
  site = await makeSite();
  await site.run('backup', '-q');
});

/** Runs a shell command in which `$HOLDFAST` is the command. */
const shell = (text: string) =>
  holdfast(['-c', text], {
    cwd: site.path,
    command: ['/bin/bash', '-o', 'pipefail'],
    env: { HOLDFAST: `${process.execPath} ${BIN}` },
  });

describe('a reader of the output that goes away', () => {
  test.each(['list', 'backup', 'verify', '--help', 'restore -o other.fs -n'])(
    'is no failure of %s, which does its work to the end',
    async (line) => {
      expect(await shell(`$HOLDFAST ${line} | true`)).toMatchObject({ status: 0, stderr: '' });
    },
  );

  test('is one of a restore to standard output, which was not whole', async () => {
    const directory = await temporaryDirectory();
    const datafs = join(directory, 'Data.fs');
    await generateStorage(datafs, { bytes: 3_000_000 });
    await holdfast(['backup', '-q', '--datafs', datafs, '--repository', join(directory, 'repo')]);
    const restore = `restore --repository ${directory}/repo -o -`;
    const { status, stderr } = await shell(`$HOLDFAST ${restore} | head -c 10 > /dev/null`);
    expect(status).toBe(EXIT.system);
    expect(stderr).toContain('holdfast: the reader of standard output went away before the end\n');
    const repozo = await shell(`$HOLDFAST repozo -R -r ${directory}/repo | head -c 10 > /dev/null`);
    expect(repozo).toMatchObject({
      status: EXIT.failure,
      stderr: 'the reader of standard output went away before the end\n',
    });
  });
});

describe.skipIf(!existsSync('/dev/full'))('output that cannot be written [needs /dev/full]', () => {
  test.each(['list', 'backup', 'restore -o -'])('is a failure of %s', async (line) => {
    const { status, stderr } = await shell(`$HOLDFAST ${line} > /dev/full`);
    expect(status).toBe(EXIT.system);
    expect(stderr).toMatch(/^holdfast: cannot write to standard output: no space left.*\n {10}\S.*\n$/);
  });

  test('changes no status on standard error', async () => {
    expect((await shell('$HOLDFAST nonsense 2> /dev/full')).status).toBe(EXIT.usage);
    expect((await shell('$HOLDFAST list -v 2> /dev/full')).status).toBe(0);
  });
});

test('closed streams do no harm', async () => {
  expect((await shell('$HOLDFAST list >&- 2>&-')).status).toBe(0);
  expect((await shell('$HOLDFAST restore <&-')).stderr).toContain('Nothing was changed.');
});

test('a directory that is gone is told of', async () => {
  const { status, stderr } = await shell('mkdir gone; cd gone; rmdir ../gone; $HOLDFAST list');
  expect(status).toBe(EXIT.system);
  expect(stderr).toContain('the directory that this command was started in is gone');
});

describe('a backup that is stopped', () => {
  test.each([
    ['SIGINT', 'Ctrl-C'],
    ['SIGTERM', 'SIGTERM'],
    ['SIGHUP', 'the end of the terminal (SIGHUP)'],
  ] as const)('by %s leaves nothing half-made, and says so', async (signal, text) => {
    const directory = await temporaryDirectory();
    const [datafs, repository] = [join(directory, 'Data.fs'), join(directory, 'repo')];
    await generateStorage(datafs, { bytes: 60_000_000, objectSize: 50_000 });
    const args = ['--codec', 'zlib', '--datafs', datafs, '--repository', repository];
    const running = start(['backup', ...args]);
    const isCopying = async () => existsSync(repository) && (await readdir(repository)).length > 1;
    while (!(await isCopying())) await new Promise((resolve) => setTimeout(resolve, 5));
    running.kill(signal);
    const { status, stdout, stderr } = await running.done;
    expect({ status, stdout }).toEqual({ status: EXIT.cancelled, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^holdfast: stopped by ${text.replace(/[()]/g, '\\$&')}; nothing was published`),
    );
    expect((await readdir(repository)).sort()).toEqual(['.holdfast-history', '.holdfast.lock']);
    expect(await readFile(join(repository, '.holdfast.lock'), 'utf8')).toContain('"released"');
  });
});
