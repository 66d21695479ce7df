import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { makeCertificate, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { readTls, type TlsPair } from '../src/server/certificates.js';
import { limitConnections } from '../src/server/connections-of-peer.js';
import { LIMITS } from '../src/server/limits.js';
import { makeServer } from '../src/server/make-server.js';

async function start(
  limits = LIMITS,
  tls?: TlsPair,
  trustProxy: readonly string[] = [],
  host = '127.0.0.1',
): Promise<number> {
  const app = makeServer({ log: pino({ level: 'silent' }), tls, trustProxy, limits });
  app.post('/', async (request) => ({ length: JSON.stringify(request.body).length }));
  whenDone(() => app.close());
  await app.listen({ host, port: 0 });
  return (app.server.address() as { port: number }).port;
}

/** What the server answers to bytes, and after how many milliseconds it has closed the connection. */
async function answerTo(port: number, ...parts: readonly string[]) {
  const socket = connect(port, '127.0.0.1');
  const begun = performance.now();
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.on('error', () => {});
  for (const part of parts) socket.write(part, 'latin1');
  await new Promise((resolve) => socket.on('close', resolve));
  return { text, ms: performance.now() - begun };
}

const SLOW = { ...LIMITS, requestMs: 1_000, headersMs: 600, checkMs: 100, keepAliveMs: 300 };
const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

test('a body that does not come is given up with 408', async () => {
  const { text, ms } = await answerTo(await start(SLOW), `${HEAD}Content-Length: 10\r\n\r\n{`);
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(text).toContain('"code":"toolkit.request"');
  expect(ms).toBeGreaterThan(900);
  expect(ms).toBeLessThan(3_000);
});

test('headers that do not come are given up sooner', async () => {
  const { text, ms } = await answerTo(await start(SLOW), 'POST / HTTP/1.1\r\nHost: x\r\n');
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(ms).toBeLessThan(1_000);
});

test('headers that are too long, and what is no HTTP, are refused', async () => {
  const port = await start();
  const long = await answerTo(port, `${HEAD}X: ${'x'.repeat(20_000)}\r\n\r\n`);
  expect(long.text).toMatch(/^HTTP\/1\.1 431 /);
  expect((await answerTo(port, 'hello\r\n\r\n')).text).toMatch(/^HTTP\/1\.1 400 /);
});

test('a body that says it is too long is refused unread', async () => {
  const { text } = await answerTo(
    await start(),
    `${HEAD}Connection: close\r\nContent-Length: 100000000\r\n\r\n{`,
  );
  expect(text).toMatch(/^HTTP\/1\.1 413 /);
});

test('a connection without requests is closed', async () => {
  const { text, ms } = await answerTo(await start(SLOW), `${HEAD}Content-Length: 2\r\n\r\n{}`);
  expect(text).toContain('{"length":2}');
  expect(ms).toBeLessThan(3_000);
});

describe('on a TLS port', () => {
  const pair = async (): Promise<TlsPair> => {
    return await readTls(nodeFileSystem, await makeCertificate(await temporaryDirectory(), 'own'));
  };

  test.each([
    ['says nothing', []],
    ['begins a handshake and falls silent', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc']],
  ])('whoever %s is closed as soon as headers would be', async (_, parts) => {
    const { text, ms } = await answerTo(await start(SLOW, await pair()), ...parts);
    expect(text).toBe('');
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThan(3_000);
  });

  test('whoever speaks HTTP without TLS is closed at once', async () => {
    const { ms } = await answerTo(await start(LIMITS, await pair()), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(ms).toBeLessThan(3_000);
  });

  test('silent connections take no place from others for longer than that', async () => {
    const port = await start({ ...SLOW, connections: 3 }, await pair());
    const silent = await Promise.all([1, 2, 3].map(() => answerTo(port)));
    expect(Math.max(...silent.map(({ ms }) => ms))).toBeLessThan(3_000);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        socket.write(`${HEAD}Connection: close\r\nContent-Length: 2\r\n\r\n{}`);
      });
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toContain('{"length":2}');
  });
});

describe('open connections', () => {
  /** Those of so many connections that the server does not close. */
  async function stayingOpen(port: number, count: number, host: string, from?: string): Promise<Socket[]> {
    const sockets = Array.from({ length: count }, () =>
      connect({ port, host, ...(from && { localAddress: from }) }),
    );
    whenDone(() => sockets.forEach((socket) => void socket.destroy()));
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise((resolve) => {
            socket.on('error', () => {}).on('close', resolve);
            setTimeout(resolve, 1000);
          }),
      ),
    );
    return sockets.filter(({ destroyed, readyState }) => !destroyed && readyState === 'open');
  }

  test.skipIf(process.platform !== 'linux')(
    'are so many for each address (all of 127.0.0.0/8 is this machine on Linux alone); closed ones make room',
    async () => {
      const server = createServer((socket) => socket.on('error', () => {}).resume());
      whenDone(() => void server.close());
      const isExempt = (address: string | undefined) => address === '127.0.0.9';
      limitConnections(server, { most: 3, isExempt }, pino({ level: 'silent' }));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      const first = await stayingOpen(port, 5, '127.0.0.1', '127.0.0.1');
      expect(first).toHaveLength(3);
      expect(await stayingOpen(port, 5, '127.0.0.1', '127.0.0.2')).toHaveLength(3);
      expect(await stayingOpen(port, 5, '127.0.0.1', '127.0.0.9')).toHaveLength(5);
      for (const socket of first.slice(0, 2)) socket.destroy();
      expect(await stayingOpen(port, 4, '127.0.0.1', '127.0.0.1')).toHaveLength(2);
    },
  );

  const outer = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
  const limits = { ...LIMITS, connections: 8, connectionsOfPeer: 4 };

  test.skipIf(outer === undefined)(
    'of one address leave places for others, unless that is a trusted proxy (needs an address that is no loopback one)',
    async () => {
      const port = await start(limits, undefined, [], '0.0.0.0');
      expect(await stayingOpen(port, 8, outer!)).toHaveLength(4);
      expect(await stayingOpen(port, 3, '127.0.0.1')).toHaveLength(3);
      const trusting = await start(limits, undefined, [outer!], '0.0.0.0');
      expect(await stayingOpen(trusting, 8, outer!)).toHaveLength(8);
    },
  );

  test('of this machine may be all of them: its users share one address', async () => {
    expect(await stayingOpen(await start(limits), 8, '127.0.0.1')).toHaveLength(8);
  });
});

test('X-Forwarded-For of one who is not trusted is told once, with the key to set', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const ask = async (trustProxy: readonly string[]) => {
    const app = makeServer({ log, tls: undefined, trustProxy });
    whenDone(() => app.close());
    app.get('/', () => 'x');
    await app.inject({ url: '/' });
    for (let n = 0; n < 3; n++) await app.inject({ url: '/', headers: { 'x-forwarded-for': '203.0.113.9' } });
    return lines.splice(0).map((line) => JSON.parse(line) as { address: string; msg: string });
  };
  expect(await ask([])).toMatchObject([
    { address: '127.0.0.1', msg: expect.stringContaining('`trust_proxy`') },
  ]);
  expect(await ask(['10.0.0.0/8'])).toHaveLength(1);
  expect(await ask(['127.0.0.1'])).toEqual([]);
});
