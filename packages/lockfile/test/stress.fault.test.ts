import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { type NodeProcess, startNode } from './node-process.js';

// Row 14: two (here twenty) at once. HOLDFAST_SLOW=1 runs the whole of it: 10,000 rounds, once with kills.

const PROCESSES = 20;
const slow = process.env.HOLDFAST_SLOW === '1';
const ROUNDS = slow ? 10_000 : 1_500;
/** All rounds within this; measured on two cores: see docs/decisions/0010-locks.md. */
const LIMIT_MS = slow ? 120_000 : 50_000;

/** What the log says: rounds that were finished, and entries while another, living process was inside. */
function judge(log: string, killed: ReadonlySet<number>) {
  let inside: number | undefined;
  let finished = 0;
  let before: number | undefined;
  let handovers = 0;
  const violations: string[] = [];
  for (const [index, line] of log.trimEnd().split('\n').entries()) {
    const [word, text] = line.split(' ');
    const pid = Number(text);
    if (word === 'in') {
      if (inside !== undefined && !killed.has(inside))
        violations.push(`line ${index}: ${pid} beside ${inside}`);
      if (pid !== before) handovers += 1;
      inside = pid;
      before = pid;
    } else {
      if (inside !== pid) violations.push(`line ${index}: ${pid} left, but ${inside} was inside`);
      inside = undefined;
      finished += 1;
    }
  }
  return { finished, handovers, violations };
}

async function contend(kills: number) {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'counter'), '00000000');
  await writeFile(join(directory, 'log'), '');
  const begin = performance.now();
  const crowd: NodeProcess[] = [];
  const start = () => crowd.push(startNode('contend.mjs', [directory, String(ROUNDS)]));
  for (let index = 0; index < PROCESSES; index += 1) start();

  const killed = new Set<number>();
  const lockPath = join(directory, 'some.lock');
  while (killed.size < kills && Number(await readFile(join(directory, 'counter'), 'utf8')) < ROUNDS) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    const holder = Number(await readFile(lockPath, 'utf8').catch(() => ''));
    const victim = crowd.find(
      ({ pid, child }) => pid === holder && child.exitCode === null && !killed.has(pid),
    );
    if (victim === undefined) continue;
    killed.add(victim.pid);
    victim.kill('SIGKILL');
    start();
  }
  const results = await Promise.all(
    crowd.map(async (one) => ({ pid: one.pid, ...(await one.ended(LIMIT_MS)) })),
  );
  const took = performance.now() - begin;
  const counter = Number(await readFile(join(directory, 'counter'), 'utf8'));
  return { ...judge(await readFile(join(directory, 'log'), 'utf8'), killed), results, killed, counter, took };
}

describe(`${PROCESSES} processes contending for ${ROUNDS} rounds`, () => {
  test('have one holder at a time, lose no round, and leak no descriptor', {
    timeout: 2 * LIMIT_MS,
  }, async () => {
    const { finished, handovers, violations, results, counter, took } = await contend(0);
    process.stdout.write(`stress: ${finished} rounds, ${handovers} handovers in ${Math.round(took)} ms\n`);
    expect(handovers).toBeGreaterThan(ROUNDS / 20);
    expect(violations).toEqual([]);
    expect(counter).toBe(ROUNDS);
    expect(finished).toBe(ROUNDS + PROCESSES);
    for (const { status, stdout } of results) {
      expect(status).toBe(0);
      const [, first, last] = stdout.trim().split(' ');
      expect(last).toBe(first);
    }
    expect(took).toBeLessThan(LIMIT_MS);
  });

  test('the same while holders are killed', { timeout: 2 * LIMIT_MS }, async () => {
    const { finished, violations, results, killed, counter, took } = await contend(slow ? 60 : 8);
    process.stdout.write(`stress: ${finished} rounds in ${Math.round(took)} ms, ${killed.size} killed\n`);
    expect(violations).toEqual([]);
    expect(killed.size).toBeGreaterThan(0);
    expect(counter).toBe(ROUNDS);
    for (const { pid, status } of results) expect([pid, status]).toEqual([pid, killed.has(pid) ? -1 : 0]);
    // A killed process may have added its round without having left.
    expect(finished).toBeGreaterThanOrEqual(ROUNDS + PROCESSES - killed.size);
    expect(finished).toBeLessThanOrEqual(ROUNDS + PROCESSES);
    expect(took).toBeLessThan(LIMIT_MS);
  });
});
