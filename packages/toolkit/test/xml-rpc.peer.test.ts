import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describePeers, describeProgram, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { answerOf } from './support/xml-rpc-answer.js';
import { twoStorages, xmlRpcApp } from './support/xml-rpc-app.js';
import { callBody } from './support/xml-rpc-bodies.js';

async function listening(): Promise<string> {
  const { app } = await xmlRpcApp({ storages: await twoStorages() });
  const { host } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  return host;
}

/** `main`, with a function for a fault's code. */
const PRELUDE = `
import json, sys
from xmlrpc.client import Fault, MultiCall, ProtocolError, ServerProxy, Binary, DateTime
host = sys.argv[1]
def server(storage, user='operator:op', **options):
    return ServerProxy(f'http://{user}@{host}/{storage}', **options)
def fault(call, *args):
    try:
        call(*args)
    except Fault as e:
        return [e.faultCode, e.faultString]
    return None
`;

async function byPython(script: string): Promise<unknown> {
  return JSON.parse(await pythonOutput(PRELUDE + script, [await listening()]));
}

describePeers("Python's xmlrpc.client", () => {
  test.each(['main', 'ds'])('goes through a snapshot of %s', async (storage) => {
    const answer = await byPython(`
s = server('${storage}')
out = [s.currentSnapshotCode() or None, s.isDirectorystorage()]
entered = s.enterSnapshot('host-1')
out += [entered['code'], type(entered['lifeSeconds']).__name__, 'path' in entered, 'directory' in entered]
out += [s.currentSnapshotCode(), s.snapshotDetails()['by'], s.renewSnapshot('host-1')['code']]
out += [fault(s.enterSnapshot, 'host-2'), fault(s.leaveSnapshot, 'host-2')[0]]
out += [s.leaveSnapshot('host-1'), s.currentSnapshotCode() or None]
s.enterSnapshot()
out += [s.currentSnapshotCode(), s.leaveSnapshot()]
print(json.dumps(out))
`);
    const directory = storage === 'ds';
    expect(answer).toEqual([
      ...[null, directory ? 1 : 0, 'host-1', 'int', !directory, directory],
      ...['user/host-1', 'operator', 'host-1'],
      ...[[1, expect.stringMatching(/already in use.*host-1/)], 2],
      ...[true, null, 'user/toolkit', true],
    ]);
  });

  test('multicall, introspection, and codes of any script', async () => {
    const answer = await byPython(`
s = server('main')
m = MultiCall(s)
m.enterSnapshot('Zürich <&> 東京 😀 ]]>')
m.enterSnapshot('b')
m.currentSnapshotCode()
m.leaveSnapshot('Zürich <&> 東京 😀 ]]>')
r = m()
print(json.dumps([r[0]['code'], fault(lambda: r[1])[0], r[2], r[3], 'enterSnapshot' in s.system.listMethods(),
    s.system.methodSignature('renewSnapshot'), len(s.system.methodHelp('enterSnapshot')) > 20]))
`);
    const code = 'Zürich <&> 東京 😀 ]]>';
    expect(answer).toEqual([code, 1, `user/${code}`, true, true, [['struct', 'string']], true]);
  });

  test('values of every type arrive, and are refused as parameters', async () => {
    const answer = await byPython(`
s = server('main', allow_none=True)
values = [1, 2**40, 1.5, True, [], {}, {'__proto__': {'a': 1}, 'constructor': 2}, Binary(b'x'), DateTime('20260101T00:00:00')]
out = []
for value in values:
    try:
        out.append(fault(s.enterSnapshot, value)[0])
    except OverflowError:
        out.append('overflow')
out.append(s.enterSnapshot(None)['code'])
out.append(s.leaveSnapshot(None))
print(json.dumps(out))
`);
    expect(answer).toEqual([-32602, 'overflow', ...Array(7).fill(-32602), 'toolkit', true]);
  });

  test('a refused password and a long body are errors of HTTP, a denied method is a fault', async () => {
    const answer = await byPython(`
def status(call, *args):
    try:
        call(*args)
    except ProtocolError as e:
        return e.errcode
print(json.dumps([status(server('main', 'operator:no').currentSnapshotCode), status(server('main').enterSnapshot, 'x' * 2**20),
    fault(server('main', 'reader:re').enterSnapshot)[0], fault(server('nothing').enterSnapshot)[0], fault(server('RPC2').enterSnapshot)[0]]))
`);
    expect(answer).toEqual([401, 413, 5, 7, 7]);
  });
});

describeProgram('curl', () => {
  test('goes through a snapshot', async () => {
    const host = await listening();
    const file = join(await temporaryDirectory(), 'call.xml');
    const curl = async (method: string, params: string[]) => {
      await writeFile(file, callBody(method, params));
      const { stdout } = await promisify(execFile)('curl', [
        ...[
          '--silent',
          '--fail',
          '--max-time',
          '20',
          '--user',
          'operator:op',
          '--header',
          'Content-Type: text/xml',
        ],
        ...['--data-binary', `@${file}`, `http://${host}/main`],
      ]);
      return answerOf(stdout);
    };
    expect(await curl('enterSnapshot', ['curl-1'])).toMatchObject({ code: 'curl-1' });
    expect(await curl('currentSnapshotCode', [])).toBe('user/curl-1');
    expect(await curl('leaveSnapshot', ['curl-2'])).toMatchObject({ faultCode: 2 });
    expect(await curl('leaveSnapshot', ['curl-1'])).toBe(true);
  });
});
