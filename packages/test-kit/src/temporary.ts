import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

type Cleanup = () => Promise<void> | void;

/** What was asked for outside a test (in a `beforeAll`, at the top of a file) lasts until the end of that file. */
const untilEndOfFile: Cleanup[] = [];

// The package is also loaded by the benchmark, where there is no test file to end.
if (process.env.VITEST !== undefined) {
  afterAll(async () => {
    for (const cleanup of untilEndOfFile.splice(0).reverse()) await cleanup();
  });
}

/** Runs `cleanup` when the running test ends, passed or failed; outside a test, when the test file ends. */
export function whenDone(cleanup: Cleanup): void {
  try {
    onTestFinished(cleanup);
  } catch {
    untilEndOfFile.push(cleanup);
  }
}

/** A new empty directory outside the checkout; removed with all its content by `whenDone`. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  whenDone(() => rm(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}
