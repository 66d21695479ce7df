import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { makeFileStorage, storageOf } from '../../../packages/toolkit/test/support/keeper.js';
import { xmlRpcApp } from '../../../packages/toolkit/test/support/xml-rpc-app.js';
import { holdfast, start } from './support/cli.js';

/** A toolkit server of Holdfast that freezes a `Data.fs`. */
async function makeSite(lifeSeconds: number) {
  const dataFs = await makeFileStorage();
  const source = { kind: 'filestorage', dataFs } as const;
  const { app, keeper } = await xmlRpcApp({ storages: [{ ...storageOf('main', source), lifeSeconds }] });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const directory = await temporaryDirectory();
  const conf = join(directory, 'snapshot.conf');
  await writeFile(
    conf,
    `http http://127.0.0.1:${(app.server.address() as AddressInfo).port}/main access\nnodirect\n`,
  );
  await writeFile(join(directory, 'access'), 'operator:op\n', { mode: 0o600 });
  const line = (...command: readonly string[]) => [
    'snapshot',
    ...['--storage', dataFs, '--snapshot-conf', conf],
    ...(command.length === 0 ? [] : ['--', ...command]),
  ];
  return { keeper, conf, dataFs, line };
}

describe('holdfast snapshot with a toolkit server of Holdfast', () => {
  test('gives COMMAND the file that the server froze, renews it, and leaves', async () => {
    const { keeper, line } = await makeSite(3);
    const running = start(line('sh', '-c', 'echo "ready $SNAPSHOT_FILE" >&2; sleep 4; exit 7'));
    await running.says('ready /');
    expect(running.stderr()).toContain(keeper.held('main')!.frozen!.path);
    const { status, stderr } = await running.done;
    expect(status).toBe(7);
    expect(stderr).toContain('Left snapshot mode');
    expect(keeper.held('main')).toBeUndefined();
  });

  test('ends non-zero when the snapshot was lost, though COMMAND succeeded', async () => {
    const { keeper, line } = await makeSite(600);
    const running = start(line('sh', '-c', 'echo ready >&2; sleep 1'));
    await running.says('ready');
    await keeper.leave('main', keeper.held('main')!.code);
    const { status, stderr } = await running.done;
    expect(status).toBe(EXIT.source);
    expect(stderr).toContain('was taken away while it was in use');
  });

  test('warns with -q, too, of a server that has left it and of one of another storage', async () => {
    const { keeper, line } = await makeSite(3);
    const [name = '', ...rest] = line('sh', '-c', 'echo ready >&2; sleep 4');
    const running = start([name, '-q', ...rest]);
    await running.says('ready');
    await keeper.leave('main', keeper.held('main')!.code);
    const { status, stderr } = await running.done;
    expect(status).toBe(EXIT.source);
    expect(stderr).toMatch(/^holdfast: warning: the snapshot is lost: .* was not renewed in time/m);
    expect(stderr).not.toMatch(/Entered|overwritten|removed a file in misc/);

    const other = await makeSite(600);
    const wrong = ['--storage', await makeFileStorage(), '--snapshot-conf', other.conf, '--', 'true'];
    const told = await holdfast(['snapshot', '-q', ...wrong]);
    expect([told.status, told.stderr]).toEqual([
      0,
      expect.stringMatching(/^holdfast: warning: .*but not of /),
    ]);
    expect((await holdfast(['snapshot', '-qq', ...wrong])).stderr).toBe('');
  });

  test('that is killed leaves a snapshot that ends with its life', async () => {
    const { keeper, line } = await makeSite(2);
    const running = start(line('sh', '-c', 'echo ready >&2; exec sleep 5'));
    await running.says('ready');
    running.kill('SIGKILL');
    await expect.poll(() => keeper.held('main'), { timeout: 10_000 }).toBeUndefined();
  });

  test('leave takes a Data.fs out of it, with --force', async () => {
    const { keeper, dataFs, conf } = await makeSite(600);
    await keeper.enter('main', 'somebody-1', 'ann');
    const leave = ['snapshot', 'leave', '--storage', dataFs, '--snapshot-conf', conf];
    expect((await holdfast(leave)).status).toBe(EXIT.busy);
    expect((await holdfast([...leave, '--force'])).status).toBe(EXIT.ok);
    expect(keeper.held('main')).toBeUndefined();
  });
});
