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
  test.each(slow ? [0, 60] : [8])(
    'have one holder at a time, lose no round and leak no descriptor while %i holders are killed',
    { timeout: 2 * LIMIT_MS },
    async (kills) => {
      const run = await contend(kills);
      const { finished, handovers, violations, results, killed, counter, took } = run;
      const facts = [`${finished} rounds`, `${handovers} handovers`, `${killed.size} killed`];
      process.stdout.write(`stress: ${facts.join(', ')} in ${Math.round(took)} ms\n`);
      expect(violations).toEqual([]);
      expect(killed.size > 0).toBe(kills > 0);
      expect(handovers).toBeGreaterThan(ROUNDS / 20);
      expect(counter).toBe(ROUNDS);
      // Each process ends in a round that adds nothing: the killed ones too, where the kill came after it, and without
      // it where it came before. A killed one may also have added its round without having left.
      expect(finished).toBeGreaterThanOrEqual(ROUNDS + PROCESSES - killed.size);
      expect(finished).toBeLessThanOrEqual(ROUNDS + PROCESSES + killed.size);
      for (const { pid, status, stdout } of results) {
        expect([pid, status]).toEqual([pid, killed.has(pid) ? -1 : 0]);
        if (status !== 0) continue;
        const [, first, last] = stdout.trim().split(' ');
        expect(last).toBe(first);
      }
      expect(took).toBeLessThan(LIMIT_MS);
    },
  );
});
