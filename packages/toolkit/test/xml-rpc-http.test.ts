import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { whenDone } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { FAULT } from '../src/xml-rpc/faults.js';
import { answerOf } from './support/xml-rpc-answer.js';
import { OPERATOR, READER, twoStorages, xmlRpcApp } from './support/xml-rpc-app.js';
import { callBody } from './support/xml-rpc-bodies.js';

const XML = { 'content-type': 'text/xml', authorization: READER };
const LIST = callBody('system.listMethods');

async function server(only?: string) {
  const storages = (await twoStorages()).filter(({ name }) => only === undefined || name === only);
  const parts = await xmlRpcApp({ storages });
  const post = (url: string, payload: string | Buffer, headers: Record<string, string> = XML) =>
    parts.app.inject({ method: 'POST', url, payload, headers });
  return { ...parts, post };
}

describe('addresses', () => {
  test('/RPC2 is the one storage', async () => {
    const { post } = await server('ds');
    expect(answerOf((await post('/RPC2', callBody('isDirectorystorage'))).body)).toBe(1);
  });

  test('/RPC2 of a server with several is a fault that names none', async () => {
    const { post } = await server();
    const fault = answerOf((await post('/RPC2', LIST)).body) as { faultCode: number; faultString: string };
    expect(fault.faultCode).toBe(FAULT.noStorage);
    expect(fault.faultString).not.toMatch(/main|\bds\b/);
  });

  test.each(['/nothing', '/__proto__', '/..%2fetc', '/%00'])('no such storage: %s', async (url) => {
    const { post } = await server();
    expect(answerOf((await post(url, LIST)).body)).toMatchObject({ faultCode: FAULT.noStorage });
  });
});

describe('requests', () => {
  test.each([
    ['text/xml'],
    ['application/xml'],
    ['Text/XML; charset=UTF-8'],
    ['text/xml;charset="utf-8"'],
    ['text/xml; charset=us-ascii'],
  ])('of the type %s are calls', async (type) => {
    const { post } = await server();
    expect((await post('/main', LIST, { ...XML, 'content-type': type })).statusCode).toBe(200);
  });

  test('without a type are calls', async () => {
    const { app } = await server();
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const socket = open(address);
    socket.write(head('/main', { 'Content-Length': String(LIST.length) }) + LIST);
    expect(await until(socket, '</methodResponse>')).toMatch(/^HTTP\/1\.1 200 [\s\S]*enterSnapshot/);
  });

  test.each([
    ['application/x-www-form-urlencoded', {}],
    ['application/json', {}],
    ['text/plain', {}],
    ['text/xml; charset=iso-8859-1', {}],
    ['text/xml', { 'content-encoding': 'gzip' }],
  ])('of another kind are refused: %s %j', async (type, headers) => {
    const { post } = await server();
    const response = await post('/main', LIST, { ...XML, ...headers, 'content-type': type });
    expect(response.statusCode).toBe(415);
    expect(response.json()).toMatchObject({ error: { code: 'toolkit.request' } });
  });

  test('without a body are a fault', async () => {
    const { post } = await server();
    expect(answerOf((await post('/main', '')).body)).toMatchObject({ faultCode: FAULT.notXmlRpc });
  });

  test('without a password, or with a wrong one, are refused before their body is read', async () => {
    const { app } = await server();
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    for (const authorization of [
      '',
      `Authorization: Basic ${Buffer.from('reader:no').toString('base64')}\r\n`,
    ]) {
      const socket = open(address);
      // The body never comes.
      socket.write(
        `POST /main HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: text/xml\r\nContent-Length: 1000\r\n\r\n`,
      );
      const answer = await untilClosed(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
      expect(answer).toMatch(/www-authenticate: Basic/i);
    }
  });

  test('that a browser makes for another site are refused', async () => {
    const { post } = await server();
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      // Over plain HTTP to another machine: a fetch without CORS, also from a frame in a sandbox.
      { origin: 'null' },
      { origin: 'http://own.example', host: 'own.example' },
      { origin: 'null', 'sec-fetch-site': 'none' },
    ];
    for (const headers of foreign) {
      const response = await post('/main', callBody('enterSnapshot'), {
        ...XML,
        ...headers,
        authorization: OPERATOR,
      });
      expect(response.statusCode).toBe(403);
    }
    const own = { ...XML, origin: 'http://own.example', 'sec-fetch-site': 'same-origin' };
    expect((await post('/main', LIST, own)).statusCode).toBe(200);
  });

  test('that a browser makes for another site without a type are refused', async () => {
    const { app, keeper } = await server();
    const socket = open(await app.listen({ host: '127.0.0.1', port: 0 }));
    const body = callBody('enterSnapshot');
    socket.write(
      `POST /main HTTP/1.1\r\nHost: x\r\nOrigin: null\r\nAuthorization: ${OPERATOR}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 403 /);
    expect(keeper.held('main')).toBeUndefined();
  });
});

describe('bodies that are too long', () => {
  test('are refused by their declared length, before a byte of them came', async () => {
    const { app } = await server();
    const socket = open(await app.listen({ host: '127.0.0.1', port: 0 }));
    socket.write(head('/main', { 'Content-Length': '104857600' }));
    const answer = await untilClosed(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answerOf(answer.slice(answer.indexOf('<?xml')))).toMatchObject({ faultCode: FAULT.notXmlRpc });
  });

  test('are cut where they pass the limit, when their length is not declared', async () => {
    const { app } = await server();
    const socket = open(await app.listen({ host: '127.0.0.1', port: 0 }));
    socket.write(head('/main', { 'Transfer-Encoding': 'chunked' }));
    const answered = untilClosed(socket);
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    let sent = 0;
    while (!socket.destroyed && sent < 100 << 20) {
      sent += chunk.length;
      if (!socket.write(chunk)) await once(socket, 'drain').catch(() => {});
    }
    expect(await answered).toMatch(/^HTTP\/1\.1 413 |^$/);
    // What the sockets of both sides hold comes on top of the limit.
    expect(sent).toBeLessThan(30 << 20);
  });
});

test('bodies that come slowly hold nobody up', async () => {
  const { app, post } = await server();
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const slow = Array.from({ length: 50 }, () => open(address));
  for (const socket of slow) socket.write(`${head('/main', { 'Content-Length': '5000' })}<methodCall>`);
  for (let turn = 0; turn < 20; turn += 1) {
    const start = performance.now();
    expect((await post('/main', LIST)).statusCode).toBe(200);
    expect(performance.now() - start).toBeLessThan(1000);
    for (const socket of slow) socket.write(' ');
  }
});

function head(path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${READER}\r\n${lines.join('')}\r\n`;
}

function open(address: string): Socket {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port) });
  // The server closes connections whose bodies it does not want.
  socket.on('error', () => {});
  whenDone(() => void socket.destroy());
  return socket;
}

async function until(socket: Socket, end: string): Promise<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    text += chunk;
    if (text.includes(end)) return text;
  }
  throw new Error(`the connection ended: ${text}`);
}

function untilClosed(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
  });
}
