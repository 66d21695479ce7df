import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { whenDone } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { callBody, DEAR_BODIES } from './support/xml-rpc-bodies.js';

const MIB = 1 << 20;

interface Server {
  readonly pid: number;
  readonly port: number;
}

async function startServer(): Promise<Server> {
  const script = fileURLToPath(new URL('children/xml-rpc-server.mjs', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  whenDone(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  for await (const line of createInterface(child.stdout)) return { pid: child.pid!, port: Number(line) };
  throw new Error('the server did not start: is packages/toolkit built?');
}

/** Resident memory, bytes: now, or the most since `forgetPeak`. */
async function memory({ pid }: Server, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
}

/** `man 5 proc`, `clear_refs`: 5 sets the peak to what is resident now. */
async function forgetPeak({ pid }: Server): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** The status of the answer; 0: the connection was closed without one. */
function post(
  { port }: Server,
  agent: Agent,
  write: (send: (chunk: string) => Promise<boolean>) => Promise<void>,
  length?: number,
) {
  return new Promise<number>((resolve) => {
    const headers = {
      'content-type': 'text/xml',
      ...(length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }),
    };
    const sent = request(
      { port, host: '127.0.0.1', path: '/main', method: 'POST', agent, headers },
      (response) => {
        response.resume().on('close', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', () => resolve(0));
    const send = async (chunk: string) => {
      if (sent.destroyed) return false;
      if (!sent.write(chunk)) await once(sent, 'drain').catch(() => {});
      return !sent.destroyed;
    };
    void write(send).then(() => sent.end());
  });
}

function call(server: Server, agent: Agent, body: string): Promise<number> {
  return post(server, agent, async (send) => void (await send(body)), Buffer.byteLength(body));
}

/** 100 MB without a declared length. @returns what was sent until the server had enough, bytes */
async function endless(server: Server): Promise<number> {
  const agent = new Agent({ keepAlive: false });
  const piece = '<value/>'.repeat(8192);
  let sent = 0;
  await post(server, agent, async (send) => {
    while (sent < 100 * MIB && (await send(piece))) sent += piece.length;
  });
  return sent;
}

test('hostile bodies cost the server less than 50 MB, and others less than 100 ms', async () => {
  const server = await startServer();
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  whenDone(() => agent.destroy());
  const sound = callBody('system.listMethods');
  for (let turn = 0; turn < 300; turn += 1) expect(await call(server, agent, sound)).toBe(200);
  await forgetPeak(server);
  const atRest = await memory(server, 'VmRSS');

  const calm = await delaysOf(server, sound, (turn) => turn < 30);
  let attacked = true;
  const others = delaysOf(server, sound, () => attacked);
  for (let round = 0; round < 2; round += 1) {
    for (const body of Object.values(DEAR_BODIES)) expect(await call(server, agent, body)).toBe(200);
    expect(await endless(server)).toBeLessThan(30 * MIB);
  }
  attacked = false;
  const delays = await others;

  const most = await memory(server, 'VmHWM');
  process.stderr.write(
    `xml-rpc hostile: ${mib(atRest)} MiB at rest, ${mib(most)} at the most; others answered in ${shown(delays)}, before in ${shown(calm)}\n`,
  );
  expect(most - atRest).toBeLessThan(50e6);
  // What a busy machine adds is what it added before.
  expect(part(delays, 0.5)).toBeLessThan(100 + part(calm, 0.95));
});

/** How long sound calls take, one after the other, milliseconds; the shortest first. */
async function delaysOf(server: Server, body: string, goOn: (turn: number) => boolean): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  whenDone(() => agent.destroy());
  const delays: number[] = [];
  while (goOn(delays.length)) {
    const start = performance.now();
    expect(await call(server, agent, body)).toBe(200);
    delays.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return delays.sort((a, b) => a - b);
}

function part(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)]!;
}

function shown(sorted: readonly number[]): string {
  return `${part(sorted, 0.5).toFixed(0)} ms (95%: ${part(sorted, 0.95).toFixed(0)}, ${sorted.length} calls)`;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
