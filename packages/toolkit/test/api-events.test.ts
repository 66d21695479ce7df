import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { whenDone } from '@holdfast/test-kit';
import fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { JobStreams, MOST_STREAMS } from '../src/api/job-streams.js';
import type { Job, JobBoard } from '../src/jobs/job-board.js';
import { apiApp } from './support/api-app.js';
import { endOf, makeJobSite, openBoard, storageOf } from './support/job-site.js';
import { expectDocumented } from './support/openapi.js';

interface Stream {
  readonly response: IncomingMessage;
  readonly outgoing: ClientRequest;
  /** What came so far. */
  text(): string;
  readonly ended: Promise<void>;
}

async function follow(app: FastifyInstance, path: string): Promise<Stream> {
  const { port } = app.server.address() as AddressInfo;
  const outgoing = request({ host: '127.0.0.1', port, path });
  outgoing.on('error', () => {});
  whenDone(() => void outgoing.destroy());
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject).end();
  });
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  const ended = new Promise<void>((resolve) => response.once('close', () => resolve()));
  return { response, outgoing, text: () => Buffer.concat(chunks).toString('utf8'), ended };
}

/** The states that a stream told. */
function jobsIn(text: string): readonly { readonly state: string }[] {
  return [...text.matchAll(/^event: job\ndata: (.*)\n\n/gm)].map(([, data]) => JSON.parse(data!));
}

async function waitFor(is: () => boolean): Promise<void> {
  while (!is()) await pause(10);
}

const running = (id: string): Job => ({
  id,
  storage: 'main',
  kind: 'backup',
  by: 'ada',
  startedMs: 0,
  state: 'running',
});

/** Streams of jobs that run only in name, with the board's half of it in the hands of the test. */
async function standIn(commentMs?: number, delayMs = 0) {
  const listeners = new Set<(job: Job) => void>();
  const subscribe: JobBoard['subscribe'] = (onChange) => {
    listeners.add(onChange);
    return () => listeners.delete(onChange);
  };
  const streams = new JobStreams({ subscribe }, commentMs);
  const app = fastify();
  app.get('/:id', async (query, reply) => {
    if (delayMs > 0) await pause(delayMs);
    streams.begin(running((query.params as { id: string }).id), reply);
    return reply;
  });
  app.addHook('preClose', async () => streams.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  whenDone(() => app.close());
  const change = (job: Job) => {
    for (const listener of [...listeners]) listener(job);
  };
  return { app, streams, listeners, change };
}

describe('the events of a job', () => {
  test('are documented as what they are, and what is refused as JSON', async () => {
    const { board } = await openBoard([]);
    const app = await apiApp({ storages: [], jobs: board });
    const missing = await app.inject('/api/v1/jobs/none/events');
    expect(missing.statusCode).toBe(404);
    await expectDocumented(app, 'get', '/jobs/none/events', missing);
    const { paths } = (await app.inject('/api/v1/openapi.json')).json();
    const { responses } = paths['/api/v1/jobs/{id}/events'].get;
    const types = Object.entries(responses as Record<string, { content: object }>).map(
      ([status, { content }]) => [status, ...Object.keys(content)],
    );
    expect(types).toEqual([
      ['200', 'text/event-stream'],
      ['4XX', 'application/json'],
      ['5XX', 'application/json'],
    ]);
  });

  test('begin with its state, and end when it ends', async () => {
    const storage = storageOf('main', await makeJobSite('pre_command = "sleep 1"\n'));
    const { board } = await openBoard([storage]);
    const app = await apiApp({ storages: [storage], jobs: board });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { id } = await board.start({ storage: 'main', kind: 'backup', by: 'ada' });
    const stream = await follow(app, `/api/v1/jobs/${id}/events`);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    await waitFor(() => jobsIn(stream.text()).length > 0);
    expect(jobsIn(stream.text())[0]).toMatchObject({ id, state: 'running' });
    await stream.ended;
    expect(jobsIn(stream.text()).at(-1)).toMatchObject({ state: 'done' });
    const after = await follow(app, `/api/v1/jobs/${id}/events`);
    await after.ended;
    expect(jobsIn(after.text())).toEqual([jobsIn(stream.text()).at(-1)]);
    const none = await follow(app, '/api/v1/jobs/none/events');
    expect(none.response.statusCode).toBe(404);
  });

  test('leave nothing behind where the client goes away', async () => {
    const { app, streams, listeners } = await standIn();
    const open = await Promise.all(['a', 'b', 'c'].map((id) => follow(app, `/${id}`)));
    expect([streams.size, listeners.size]).toEqual([3, 3]);
    for (const { outgoing } of open) outgoing.destroy();
    await waitFor(() => streams.size === 0);
    expect(listeners.size).toBe(0);
  });

  test.each([
    ['before its stream begins', ['/a'], 100],
    ['while one stream waits for another on its connection', ['/a', '/b'], 0],
  ])('leave nothing behind where the client goes away %s', async (_, paths, delayMs) => {
    const { app, streams, listeners } = await standIn(undefined, delayMs);
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    whenDone(() => void socket.destroy());
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`).join(''));
    const begun = delayMs > 0 ? 0 : paths.length;
    if (delayMs > 0) await pause(delayMs / 2);
    else await waitFor(() => streams.size === begun);
    socket.destroy();
    await pause(delayMs + 100);
    expect([streams.size, listeners.size]).toEqual([0, 0]);
  });

  test('give their place back where the job has ended and the client does not read the rest', async () => {
    const { app, change, streams, listeners } = await standIn(100);
    const stream = await follow(app, '/a');
    stream.response.pause();
    change({ ...running('a'), summary: 'x'.repeat(20 << 20), state: 'done' });
    expect([streams.size, listeners.size]).toEqual([1, 0]);
    await waitFor(() => streams.size === 0);
  }, 5000);

  test('are of one job alone', async () => {
    const { app, change } = await standIn();
    const stream = await follow(app, '/a');
    change({ ...running('b'), state: 'done' });
    change({ ...running('a'), state: 'failed' });
    await stream.ended;
    expect(jobsIn(stream.text())).toMatchObject([
      { id: 'a', state: 'running' },
      { id: 'a', state: 'failed' },
    ]);
  });

  test('are kept alive by comments', async () => {
    const { app } = await standIn(20);
    const stream = await follow(app, '/a');
    await waitFor(() => stream.text().includes(': still running\n\n: still running\n\n'));
  });

  test('are not more than a hundred at once', async () => {
    const { app, streams } = await standIn();
    const open: Stream[] = [];
    for (let at = 0; at < MOST_STREAMS; at++) open.push(await follow(app, '/a'));
    expect((await follow(app, '/a')).response.statusCode).toBe(500);
    open[0]!.outgoing.destroy();
    await waitFor(() => streams.size < MOST_STREAMS);
    expect((await follow(app, '/a')).response.statusCode).toBe(200);
  });

  test('of who does not read are not piled up: the last state alone, and in the end nothing', async () => {
    const { app, change, streams } = await standIn(50);
    const stream = await follow(app, '/a');
    stream.response.pause();
    const summary = 'x'.repeat(1_000_000);
    const before = process.memoryUsage().rss;
    for (let at = 0; at < 2000; at++) {
      change({ ...running('a'), summary });
      if (at % 20 === 0) await pause(2);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(50 << 20);
    await waitFor(() => streams.size === 0);
  });

  test('end with the server', async () => {
    const { app } = await standIn();
    const stream = await follow(app, '/a');
    await app.close();
    await stream.ended;
  });

  test('survive a job that ends while it is asked for', async () => {
    const storage = storageOf('main', await makeJobSite());
    const { board } = await openBoard([storage], { program: [process.execPath, '-e', ''] });
    const app = await apiApp({ storages: [storage], jobs: board });
    await app.listen({ host: '127.0.0.1', port: 0 });
    for (let at = 0; at < 5; at++) {
      const { id } = await board.start({ storage: 'main', kind: 'backup', by: 'ada' });
      const [stream] = await Promise.all([follow(app, `/api/v1/jobs/${id}/events`), endOf(board, id)]);
      await stream.ended;
      expect(jobsIn(stream.text()).at(-1)?.state).toBe('failed');
    }
  });
});
