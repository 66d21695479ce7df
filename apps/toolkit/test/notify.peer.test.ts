import { join } from 'node:path';
import { describePeers, spawnPython, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { makeLog } from '../src/log.js';
import { makeSupervisor } from '../src/systemd/notify.js';

/** What systemd does: a datagram socket that prints what it is told. */
const RECEIVER = `
  import socket, sys
  name = sys.argv[1]
  server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
  server.bind('\\0' + name[1:] if name.startswith('@') else name)
  print('ready', flush=True)
  while True:
      for line in server.recv(4096).decode().split('\\n'):
          print('told ' + line, flush=True)
`;

describePeers('a server that systemd started', () => {
  test.each(['a path', 'an abstract name'])('tells it how it is, over %s', async (kind) => {
    const directory = await temporaryDirectory();
    const name = kind === 'a path' ? join(directory, 'notify') : `@${directory}/notify`;
    const receiver = spawnPython(RECEIVER, [name]);
    await receiver.line('ready');
    const env = { PATH: process.env.PATH, NOTIFY_SOCKET: name, WATCHDOG_USEC: '1000000' };
    const supervisor = makeSupervisor(env, makeLog('error').log);
    await supervisor.tell('READY=1');
    await receiver.line('told READY=1');
    await receiver.line(`told MAINPID=${process.pid}`);
    let alive = false;
    const end = supervisor.watch(async () => alive);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(receiver.output().stdout).not.toContain('WATCHDOG');
    alive = true;
    await receiver.line('told WATCHDOG=1');
    end();
    await supervisor.tell('STOPPING=1');
    await receiver.line('told STOPPING=1');
  });
});

test('where nothing waits for it, nothing is told', async () => {
  const supervisor = makeSupervisor({ WATCHDOG_USEC: '1000000', WATCHDOG_PID: '1' }, makeLog('error').log);
  await supervisor.tell('READY=1');
  supervisor.watch(async () => {
    throw new Error('asked');
  })();
});

test('a program that is not there is told in the log, and holds nothing up', async () => {
  const { log } = makeLog('error');
  const warnings: unknown[] = [];
  const listening = Object.assign(Object.create(log) as typeof log, {
    warn: (fields: unknown) => warnings.push(fields),
  });
  await makeSupervisor({ PATH: '/nonexistent', NOTIFY_SOCKET: '/nonexistent/x' }, listening).tell('READY=1');
  expect(warnings).toEqual([{ states: ['READY=1'], problem: 'ENOENT' }]);
});
