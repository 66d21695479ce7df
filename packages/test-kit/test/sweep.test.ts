import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishFile, writeAll } from '@holdfast/durable-fs';
import { describe, expect, test } from 'vitest';
import {
  FailpointRecorder,
  type FaultyFileSystem,
  SimulatedCrash,
  sweepCrashes,
  sweepFaults,
  temporaryDirectory,
} from '../src/index.js';

async function prepare(): Promise<string> {
  const path = join(await temporaryDirectory(), 'file');
  writeFileSync(path, 'old');
  return path;
}

const atomic = (fs: FaultyFileSystem, path: string) => publishFile(fs, path, 'new', { replace: true });

async function inPlace(fs: FaultyFileSystem, path: string): Promise<void> {
  const file = await fs.openWrite(path);
  await file.truncate(0);
  await writeAll(file, Buffer.from('new'), 0);
  await file.close();
}

async function oldOrNew(path: string): Promise<void> {
  expect(['old', 'new']).toContain(readFileSync(path, 'utf8'));
}

describe('a sweep of crashes', () => {
  test('passes an operation that leaves the old or the new, at each of its points', async () => {
    const crashes = await sweepCrashes({ prepare, run: atomic, check: oldOrNew });
    // create, write, chmod, sync, rename, syncDirectory: before and in each.
    expect(crashes).toBe(12);
  });

  test('finds an operation that does not, and names the point', async () => {
    await expect(sweepCrashes({ prepare, run: inPlace, check: oldOrNew })).rejects.toThrow(
      /after a crash before call 2, write .*file \(3 bytes\)/,
    );
  });

  test('passes on an error of the operation itself', async () => {
    const run = async () => {
      throw new Error('broken anyway');
    };
    await expect(sweepCrashes({ prepare, run, check: oldOrNew })).rejects.toThrow('broken anyway');
  });
});

describe('a sweep of faults', () => {
  test('shows the error of each point', async () => {
    const codes: unknown[] = [];
    const check = async (path: string, { error }: { error: unknown }) => {
      codes.push((error as { code: string }).code);
      await oldOrNew(path);
    };
    expect(await sweepFaults({ prepare, run: atomic, check, fault: 'ENOSPC' })).toBe(6);
    expect(codes).toEqual(Array(6).fill('fs.no-space'));
  });

  test('names the point at which the check failed', async () => {
    const check = async (path: string) => {
      expect(existsSync(`${path}.gone`)).toBe(true);
    };
    await expect(sweepFaults({ prepare, run: atomic, check, fault: 'EIO' })).rejects.toThrow(
      'after EIO at call 1, create',
    );
  });
});

describe('failpoints', () => {
  async function engine(failpoint: (name: string) => Promise<void> | void) {
    await failpoint('read');
    await failpoint('published');
    await failpoint('published');
  }

  test('are recorded in the order in which they are passed', async () => {
    const points = new FailpointRecorder();
    await engine(points.hook);
    expect(points.names).toEqual(['read', 'published', 'published']);
  });

  test('let the process die there, once and for all', async () => {
    const points = new FailpointRecorder().crashAt('published', 2);
    await expect(engine(points.hook)).rejects.toThrow(SimulatedCrash);
    expect(points.names).toEqual(['read', 'published', 'published']);
    await expect(engine(points.hook)).rejects.toThrow(SimulatedCrash);
    expect(points.names.length).toBe(3);
  });

  test('take the file system with them', async () => {
    const crashed: string[] = [];
    const fs = {
      crash: async (where: string): Promise<never> => {
        crashed.push(where);
        throw new SimulatedCrash(where);
      },
    };
    await expect(engine(new FailpointRecorder(fs).crashAt('read').hook)).rejects.toThrow('failpoint read');
    expect(crashed).toEqual(['failpoint read']);
  });
});
