import { accessSync, constants } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { whenDone } from '@holdfast/test-kit';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe, test } from 'vitest';
import { passwordOf, type RunningServer, type User } from './server.js';

/** Debian's chromium; undefined: there is none. */
const EXECUTABLE = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name)))
  .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** As `describePeers`: without a browser the tests are skipped, with HOLDFAST_REQUIRE_PEERS=1 that is a failure. */
export function describeBrowser(name: string, fn: () => void): void {
  if (EXECUTABLE !== undefined) {
    describe(name, fn);
  } else if (process.env.HOLDFAST_REQUIRE_PEERS === '1') {
    test(`${name}: chromium is installed`, () => {
      throw new Error('chromium is required, and is not in PATH');
    });
  } else {
    process.stderr.write(`skipped: ${name}: no chromium in PATH\n`);
    describe.skip(`${name} [no chromium]`, fn);
  }
}

/** Ends with the file. */
export async function startBrowser(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: EXECUTABLE!, args });
  whenDone(() => browser.close());
  return browser;
}

export interface Visit {
  readonly page: Page;
  /** What must not happen: errors on the console, requests to another host, answers that failed. */
  readonly complaints: string[];
}

/** A new visitor, logged in as a user. */
export async function visit(
  browser: Browser,
  server: RunningServer,
  options: BrowserContextOptions & { readonly as?: User } = {},
): Promise<Visit> {
  const { as = 'admin', ...rest } = options;
  const context = await browser.newContext({
    baseURL: server.url,
    httpCredentials: { username: as, password: passwordOf(as) },
    viewport: { width: 1280, height: 900 },
    ...rest,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== server.url) complaints.push(`request to ${url.href}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} of ${response.url()}`);
  });
  return { page, complaints };
}

/** Where screenshots are left for people to look at: the directory named by HOLDFAST_SCREENSHOTS, or a new one. */
export async function screenshotDirectory(): Promise<string> {
  const directory =
    process.env.HOLDFAST_SCREENSHOTS ?? (await mkdtemp(join(tmpdir(), 'holdfast-screenshots-')));
  process.stdout.write(`screenshots: ${directory}\n`);
  return directory;
}
