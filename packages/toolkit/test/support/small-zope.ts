import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { whenDone } from '@holdfast/test-kit';

export interface SmallZope {
  readonly url: string;
  /** `user/<code>`; null: in no snapshot. A test may set it. */
  code: string | null;
  /** It answers nobody: whoever asks is dead, or the network is. */
  silent: () => boolean;
  /** Calls of this name are done, and their answers lost. */
  loses: string | undefined;
  /** It refuses to leave: somebody holds `misc/sublock`. */
  busy: boolean;
  readonly asked: string[];
}

/** The calls of a Zope's toolkit, for sweeps, where a real process for each point would take too long. */
export async function startSmallZope(): Promise<SmallZope> {
  const zope: SmallZope = {
    url: '',
    code: null,
    silent: () => false,
    loses: undefined,
    busy: false,
    asked: [],
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      const method = /<methodName>(\w+)/.exec(body)?.[1] ?? '';
      const code = /<string>([^<]*)/.exec(body)?.[1] ?? '';
      if (zope.silent()) return request.socket.destroy();
      zope.asked.push(method);
      const answer = answerOf(zope, method, code);
      if (zope.loses === method) return request.socket.destroy();
      response.end(`<?xml version='1.0'?><methodResponse>${answer}</methodResponse>`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  whenDone(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return Object.assign(zope, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/DSToolkit` });
}

function answerOf(zope: SmallZope, method: string, code: string): string {
  if (method === 'currentSnapshotCode') return value(zope.code ?? '');
  if (method === 'enterSnapshot') {
    if (zope.code !== null) return fault(`snapshot already in use by '${zope.code}'`);
    zope.code = `user/${code}`;
    return value('');
  }
  if (method === 'leaveSnapshot') {
    if (zope.busy) return fault('LockError: the sublock is held');
    if (zope.code !== `user/${code}`) return fault('bad code');
    zope.code = null;
    return value('');
  }
  return fault(`no such method ${method}`);
}

const value = (text: string) => `<params><param><value><string>${text}</string></value></param></params>`;
const fault = (text: string) =>
  `<fault><value><struct><member><name>faultCode</name><value><int>1</int></value></member><member><name>faultString</name><value><string>${text}</string></value></member></struct></value></fault>`;
