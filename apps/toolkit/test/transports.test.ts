import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { makeCertificate, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { basic, launch, startServer, writeConfig } from './support/server.js';
import { serveSite } from './support/storages.js';
import { eventually } from './support/wait.js';

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

function ask(request: typeof httpRequest | typeof httpsRequest, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const made = request({ headers: basic('reader'), agent: false, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    made.on('error', reject);
    made.end();
  });
}

describe('TLS', () => {
  test('is spoken with the certificate that is there, and with a new one after SIGHUP', async () => {
    const { toml } = await serveSite();
    const directory = await temporaryDirectory();
    const { certificate, key } = await makeCertificate(directory, 'first');
    const files = `[tls]\ncertificate = "first.pem"\nkey = "first.key"\n`;
    const server = await startServer(await writeConfig(directory, toml + files));
    expect(server.url).toMatch(/^https:/);
    const port = Number(new URL(server.url).port);
    const page = await ask(httpsRequest, {
      host: '127.0.0.1',
      port,
      path: '/',
      ca: readFileSync(certificate),
    });
    expect(page.status).toBe(200);
    expect(page.headers['strict-transport-security']).toBe('max-age=31536000');

    const fingerprint = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerX509Certificate()!.fingerprint256);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    const of = (path: string) => new X509Certificate(readFileSync(path)).fingerprint256;
    const first = of(certificate);
    expect(await fingerprint()).toBe(first);

    const second = await makeCertificate(directory, 'second');
    await copyFile(second.certificate, certificate);
    server.child.kill('SIGHUP');
    await server.said('not reloaded');
    expect(await fingerprint()).toBe(first);
    await copyFile(second.key, key);
    server.child.kill('SIGHUP');
    await server.said('the certificate was read again');
    expect(await fingerprint()).toBe(of(second.certificate));

    const old = await new Promise<string>((resolve) => {
      const socket = connect(
        { host: '127.0.0.1', port, maxVersion: 'TLSv1.1', rejectUnauthorized: false },
        () => resolve('connected'),
      );
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    });
    expect(old).not.toBe('connected');
  });

  test('is needed where passwords would cross a network', async () => {
    const { toml } = await serveSite();
    const config = await writeConfig(await temporaryDirectory(), toml, 'listen = "0.0.0.0:0"\n');
    const server = launch(['--config', config]);
    expect(await server.done()).toBe(6);
    expect(server.stderr()).toContain('is not a loopback address');
    expect(server.stderr()).not.toMatch(/\n\s+at /);
  });
});

describe('a unix socket', () => {
  test('lets in whom its mode lets in, and replaces the one of a killed server', async () => {
    const { toml } = await serveSite();
    const directory = await temporaryDirectory();
    const top = 'listen = "unix:run/toolkit.sock"\nsocket_mode = "0620"\n';
    const config = await writeConfig(directory, toml, top);
    await mkdir(join(directory, 'run'));
    const socketPath = join(directory, 'run/toolkit.sock');
    const server = await startServer(config);
    expect(server.url).toBe(`unix:${socketPath}`);
    expect((await stat(socketPath)).mode & 0o777).toBe(0o620);
    const page = await ask(httpRequest, { socketPath, path: '/api/v1/storages' });
    expect(page.status).toBe(200);
    expect(JSON.parse(page.text)).toMatchObject({ storages: [{ name: 'main' }] });
    await server.end('SIGKILL');
    expect((await stat(socketPath)).isSocket()).toBe(true);
    const again = await startServer(config);
    expect((await ask(httpRequest, { socketPath, path: '/healthz' })).status).toBe(200);

    const other = await writeConfig(
      join(await temporaryDirectory()),
      toml,
      top.replace('run/', `${directory}/run/`),
    );
    const second = launch(['--config', other]);
    expect(await second.done()).toBe(3);
    expect(second.stderr()).toContain('is taken by another program');
    expect((await ask(httpRequest, { socketPath, path: '/healthz' })).status).toBe(200);
    expect(await again.end()).toBe(0);
  });

  test('is not made in the place of something else', async () => {
    const { toml } = await serveSite();
    const directory = await temporaryDirectory();
    const config = await writeConfig(directory, toml, 'listen = "unix:precious"\n');
    await writeFile(join(directory, 'precious'), 'data');
    const server = launch(['--config', config]);
    expect(await server.done()).toBe(2);
    expect(readFileSync(join(directory, 'precious'), 'utf8')).toBe('data');
  });
});

describe('a proxy', () => {
  test('is believed about addresses only where it is named', async () => {
    const { toml } = await serveSite();
    const addressOf = async (top: string) => {
      const server = await startServer(await writeConfig(await temporaryDirectory(), toml, top));
      await server.ask('/', { headers: { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' } });
      return (await eventually('the log', () => server.log.find((line) => line.path === '/'))).address;
    };
    expect(await addressOf('')).toBe('127.0.0.1');
    expect(await addressOf('trust_proxy = ["127.0.0.1"]')).toBe('198.51.100.7');
  });
});

/** Longer than fastify takes a part of an address to be, unless it is told otherwise. */
const LONG = 'x'.repeat(3000);

describe('what is answered', () => {
  test('has headers that keep the page to itself, and no traces of the server', async () => {
    const site = await serveSite();
    const server = await startServer(await writeConfig(await temporaryDirectory(), site.toml));
    const { headers } = await server.ask('/');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';style-src 'self';script-src 'self';img-src 'self' data:;connect-src 'self';form-action 'self';frame-ancestors 'none';base-uri 'none'",
    );
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by') ?? headers.get('server')).toBeNull();
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}$/);
    const wrong = [
      '/nothing/here',
      '/api/v1/nothing',
      '/api/v1/storages/x',
      '/%ff',
      '/main/../../etc/passwd',
      '/assets/x',
      '/favicon.ico',
      '/nobody',
    ];
    for (const path of wrong) {
      const response = await server.ask(path);
      const text = await response.text();
      expect(response.status, path).toBeGreaterThanOrEqual(400);
      expect(response.status, path).toBeLessThan(500);
      expect(text, path).not.toContain(site.directory);
      expect(text, path).not.toMatch(/\bat .*\.js|node_modules|stack/);
    }
  });

  test('to an address that cannot be decoded, or is very long, is an error as any other', async () => {
    const { toml } = await serveSite();
    const server = await startServer(await writeConfig(await temporaryDirectory(), toml));
    const refused = [
      ['/%ff', 404, 'toolkit.request'],
      ['/main/%', 404, 'toolkit.request'],
      ['/%E0%A4%A?x=%ff', 404, 'toolkit.request'],
      [`/${LONG}`, 404, 'toolkit.no-storage'],
      [`/api/v1/storages/${LONG}`, 400, 'toolkit.request'],
    ] as const;
    for (const [path, status, code] of refused) {
      const response = await server.ask(path);
      expect([response.status, await response.json()], path).toEqual([
        status,
        { error: { code, message: expect.any(String), hint: expect.any(String) } },
      ]);
      expect(response.headers.get('content-security-policy'), path).toContain("default-src 'none'");
      expect(response.headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(response.headers.get('x-request-id'), path).toMatch(/^[0-9a-f]{12}$/);
    }
    const line = await eventually('the log', () => server.log.find(({ path }) => path === '/%ff'));
    expect(line).toMatchObject({ msg: 'answered', status: 404 });
    expect(await (await server.ask('/metrics')).text()).toMatch(
      /^holdfast_toolkit_requests_total\{route="none",method="GET",status="404"\} 3$/m,
    );
  });

  test('/healthz and /readyz need no password and tell nothing; all else needs one', async () => {
    const { toml } = await serveSite();
    const server = await startServer(await writeConfig(await temporaryDirectory(), toml));
    const bare = (path: string) => fetch(`${server.url}${path}`, { redirect: 'manual' });
    expect([(await bare('/healthz')).status, await (await bare('/readyz')).text()]).toEqual([200, 'ready\n']);
    for (const path of [
      '/',
      '/main',
      '/metrics',
      '/api/v1/storages',
      '/api/v1/openapi.json',
      '/main/enterSnapshot',
    ])
      expect((await bare(path)).status, path).toBe(401);
    expect(
      (
        await fetch(`${server.url}/main`, {
          method: 'POST',
          headers: { 'content-type': 'text/xml' },
          body: '<x/>',
        })
      ).status,
    ).toBe(401);
  });

  test('/metrics has the figures of the storages and of the server', async () => {
    const { toml } = await serveSite();
    const server = await startServer(await writeConfig(await temporaryDirectory(), toml));
    await server.ask('/main');
    await server.ask('/nobody/knows/this?password=x');
    const response = await server.ask('/metrics', { as: 'reader' });
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toMatch(
      /^holdfast_toolkit_requests_total\{route="\/:storage",method="GET",status="200"\} 1$/m,
    );
    expect(text).toMatch(/^holdfast_toolkit_requests_total\{route="none",method="GET",status="404"\} 1$/m);
    expect(text).toMatch(/^holdfast_toolkit_snapshot_held_seconds\{storage="main"\} 0$/m);
    expect(text).toMatch(/^holdfast_toolkit_jobs_running\{storage="main"\} 0$/m);
    expect(text).toMatch(/^holdfast_toolkit_status_readable\{storage="main"\} 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(text).toMatch(/^holdfast_[a-z_]+\{[^}]*storage="main"/m);
    expect(text).not.toContain('password');
    expect(JSON.stringify(server.log)).not.toMatch(/password=x|secret of/);
  });
});
