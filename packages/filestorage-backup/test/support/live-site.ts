import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { bestCodec } from '@holdfast/gzip-members';
import { type PythonProcess, spawnPython } from '@holdfast/test-kit';
import { expect } from 'vitest';
import { type Engine, LocalStore, moments, readRepository, restoreToFile } from '../../src/index.js';
import type { ZodbDriver } from './zodb-driver.js';

const script = readFileSync(fileURLToPath(new URL('live_writer.py', import.meta.url)), 'utf8');

/** A `Data.fs` that a real ZODB writes to all the time (`live_writer.py`), and the log of what it committed. */
export class LiveSite {
  readonly datafs: string;
  private writer: PythonProcess | undefined;

  constructor(
    readonly directory: string,
    private readonly log = join(directory, 'log'),
  ) {
    this.datafs = join(directory, 'Data.fs');
  }

  async start(): Promise<void> {
    this.writer = spawnPython(script, [this.datafs, this.log]);
    await this.writer.line('working');
  }

  async end(): Promise<void> {
    expect(await this.writer!.finish(), this.writer!.output().stderr).toBe(0);
  }

  /** Commits in their order: tid, and the value of the counters. */
  async committed(): Promise<ReadonlyMap<string, { readonly number: number; readonly value: number }>> {
    const lines = (await readFile(this.log, 'utf8')).split('\n').slice(0, -1);
    return new Map(
      lines.map((line, number) => {
        const [tid, value] = line.split(' ');
        return [tid!, { number, value: Number(value) }];
      }),
    );
  }
}

/** The wall clock, put on by a second when asked, so that backups need not wait for their names. */
export class HastyClock implements Clock {
  private ahead = 0;

  now(): number {
    return systemClock.now() + this.ahead;
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(milliseconds, signal);
  }

  hurry(): void {
    this.ahead += 1000;
  }
}

export async function makeEngine(repository: string, clock: Clock): Promise<Engine> {
  await mkdir(repository);
  const codec = bestCodec();
  return { fs: nodeFileSystem, store: new LocalStore(nodeFileSystem, repository), clock, codec: () => codec };
}

/** Every moment of a repository holds whole transactions of the site, up to one of them, and ZODB opens it. */
export async function expectAllRestore(engine: Engine, site: LiveSite, driver: ZodbDriver): Promise<number> {
  const committed = await site.committed();
  const output = join(site.directory, 'restored.fs');
  const all = moments(await readRepository(engine));
  for (const moment of all) {
    await restoreToFile(engine, { moment, output, keepOld: false });
    const { end, tids, values, missing, usedIndex, warnings } = await driver.counters(output);
    const what = moment.file.name;
    expect({ end, missing, usedIndex, warnings }, what).toEqual({
      end: moment.file.end,
      missing: 0,
      usedIndex: 1,
      warnings: [],
    });
    expect(
      tids.filter((tid) => !committed.has(tid)),
      what,
    ).toEqual([]);
    const value = committed.get(tids.at(-1)!)!.value;
    expect(values, what).toEqual([value, value]);
    await rm(output);
  }
  return all.length;
}
