import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { appendTransactions, temporaryDirectory } from '@holdfast/test-kit';
import type { Browser, Page, Request } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { describeBrowser, screenshotDirectory, startBrowser, visit } from './support/browser.js';
import { type RunningServer, startServer, writeConfig } from './support/server.js';
import { serveDirectory, serveSite } from './support/storages.js';
import { eventually } from './support/wait.js';

let browser: Browser;
let server: RunningServer;
let dataFs: string;

const textOf = async (page: Page, selector: string) => (await page.locator(selector).textContent()) ?? '';
const verdictOf = (page: Page) => textOf(page, '.verdict .headline');

/** Presses a button that starts a job, and waits until the page tells by itself that it is done. */
async function runJob(page: Page, button: string): Promise<void> {
  const before = page.url();
  await page.click(button);
  await eventually('the job has begun', () => page.url() !== before && page.url().includes('#job-'));
  const id = new URL(page.url()).hash.slice(1);
  await eventually('the job is done', async () => {
    return (await page.locator(`[id="${id}"].job-done`).count()) === 1;
  });
}

describeBrowser('the page', () => {
  beforeAll(async () => {
    const site = await serveSite();
    const pages = await serveDirectory();
    dataFs = site.dataFs;
    const config = await writeConfig(
      await temporaryDirectory(),
      site.toml + pages.toml,
      'title = "The library"',
    );
    server = await startServer(config);
    browser = await startBrowser();
  });

  test('tells in words how safe a site is, starts a backup, and shows its end without being loaded anew', async () => {
    const { page, complaints } = await visit(browser, server);
    await page.goto('/');
    expect(await page.title()).toContain('The library');
    expect(await textOf(page, '#storage-main')).toContain('Nothing can be restored');
    await page.click('a[href="/main"]');
    expect(await verdictOf(page)).toContain('Nothing can be restored');
    await runJob(page, '#start-backup');
    await eventually('the verdict has changed', async () => !(await verdictOf(page)).includes('Nothing'));
    await appendTransactions(nodeFileSystem, dataFs, { transactions: 5 });
    await runJob(page, '#start-backup');
    await runJob(page, '#start-verify');
    expect(await page.locator('svg.chart').count()).toBeGreaterThanOrEqual(3);
    for (const chart of await page.locator('svg.chart').all())
      expect(await chart.getAttribute('aria-label')).toMatch(/.{10}/);
    expect(await textOf(page, '#backups')).toMatch(/increment/i);
    expect(complaints).toEqual([]);
  });

  test('enters a snapshot, shows whose it is, and leaves it', async () => {
    for (const name of ['main', 'pages']) {
      const { page, complaints } = await visit(browser, server);
      await page.goto(`/${name}`);
      await page.click('#enter-snapshot');
      await page.waitForSelector('#leave-snapshot');
      expect(new URL(page.url()).pathname).toBe(`/${name}`);
      expect(await textOf(page, '#snapshot')).toContain('admin');
      await page.click('#leave-snapshot');
      await page.waitForSelector('#enter-snapshot');
      expect(complaints).toEqual([]);
    }
  });

  test('enters as the original did when its address is typed in, and shows the page', async () => {
    const { page } = await visit(browser, server);
    await page.goto('/main/enterSnapshot');
    expect(new URL(page.url()).pathname).toBe('/main');
    expect(await textOf(page, '#snapshot')).toContain('toolkit');
    await page.goto('/main/leaveSnapshot');
    await page.waitForSelector('#enter-snapshot');
  });

  test('does all of that without JavaScript', async () => {
    const { page, complaints } = await visit(browser, server, { javaScriptEnabled: false });
    await page.goto('/');
    await page.click('a[href="/main"]');
    await runJob(page, '#start-fullbackup');
    await page.click('#enter-snapshot');
    await page.click('#leave-snapshot');
    expect(await page.locator('#enter-snapshot').count()).toBe(1);
    expect(await page.locator('svg.chart').count()).toBeGreaterThanOrEqual(3);
    expect(complaints).toEqual([]);
  });

  test('offers those who may only read no button, and lets them send no form', async () => {
    const { page } = await visit(browser, server, { as: 'reader' });
    await page.goto('/main');
    expect(await page.locator('form[method=post] button').count()).toBe(0);
    const status = await page.evaluate(
      `fetch('/main/jobs', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'kind=backup&csrf=x' }).then((response) => response.status)`,
    );
    expect(status).toBe(403);
  });

  test('takes no form from another site', async () => {
    const { page } = await visit(browser, server);
    await page.route('http://evil.example/**', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form id="f" method="post" action="${server.url}/main/enterSnapshot"><input name="csrf" value="x"></form>`,
      }),
    );
    await page.goto('http://evil.example/');
    const [response] = await Promise.all([
      page.waitForResponse((one) => one.url().startsWith(server.url)),
      page.evaluate(`document.getElementById('f').submit()`),
    ]);
    expect(response.status()).toBe(403);
    const own = await visit(browser, server);
    await own.page.goto('/main');
    expect(await own.page.locator('#enter-snapshot').count()).toBe(1);
  });

  test('says so when its server is gone, and shows the page again when it is back', async () => {
    const site = await serveSite();
    const directory = await temporaryDirectory();
    const first = await startServer(await writeConfig(directory, site.toml));
    const { page } = await visit(browser, first);
    await page.clock.install();
    await page.goto('/main');
    const title = await page.title();
    const icon = () => page.locator('#icon').getAttribute('href');
    const fresh = await icon();
    expect(title).toMatch(/^Danger · main · /);
    const laterOn = (what: string, look: () => Promise<boolean>) =>
      eventually(what, async () => {
        await page.clock.fastForward(61_000);
        return await look();
      });

    await first.end();
    await laterOn('the title says so', async () => (await page.title()) !== title);
    const words = /not read since \d{4}-\d\d-\d\d \d\d:\d\d UTC/i;
    expect(await page.title()).toMatch(new RegExp(`^${words.source} · main · `, 'i'));
    expect(await textOf(page, '.head-facts')).toMatch(words);
    expect(await textOf(page, '[role=status]')).toMatch(words);
    expect(await icon()).toMatch(/^data:image\/svg\+xml,/);

    const listen = `listen = "127.0.0.1:${new URL(first.url).port}"`;
    await startServer(await writeConfig(directory, site.toml, listen));
    await laterOn('the page is back', async () => (await page.title()) === title);
    expect(await textOf(page, '.head-facts')).not.toMatch(words);
    expect(await icon()).toBe(fresh);
  });

  test('holds one connection for all running jobs, and none while nobody looks', async () => {
    const sites = [await serveSite(), await serveSite()];
    for (const { directory } of sites)
      await writeFile(join(directory, 'holdfast.toml'), 'keep = 2\npre_command = "sleep 60"\n');
    const toml = sites.map((site, at) => site.toml.replace('[storages.main]', `[storages.site${at}]`));
    const slow = await startServer(await writeConfig(await temporaryDirectory(), toml.join('')));
    const { page } = await visit(browser, slow);
    let open = 0;
    const isEvents = (request: Request) => request.url().endsWith('/events');
    page.on('request', (request) => {
      if (isEvents(request)) open += 1;
    });
    page.on('requestfailed', (request) => {
      if (isEvents(request)) open -= 1;
    });
    for (const at of [0, 1]) {
      await page.goto(`/site${at}`);
      await page.click('#start-backup');
      await page.waitForSelector('[data-job]');
    }
    await page.goto('/');
    expect(await page.locator('[data-job]').count()).toBe(2);
    await eventually('it listens', () => open > 0);
    const looks = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      );
    expect(open).toBe(1);
    await looks(true);
    await eventually('nothing is open', () => open === 0);
    await looks(false);
    await eventually('it listens again', () => open === 1);
    for (const at of [0, 1]) {
      await page.goto(`/site${at}`);
      await page.click('[id^=cancel-]');
      await page.waitForSelector('.job-cancelled');
    }
  });

  test('fits a wide window, a narrow one, and the dark', async () => {
    const directory = await screenshotDirectory();
    const looks = {
      wide: { viewport: { width: 1280, height: 900 } },
      narrow: { viewport: { width: 360, height: 800 } },
      dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
    } as const;
    for (const [look, options] of Object.entries(looks)) {
      const { page, complaints } = await visit(browser, server, options);
      for (const [name, path] of [
        ['all', '/'],
        ['main', '/main'],
        ['pages', '/pages'],
      ] as const) {
        await page.goto(path);
        const [content, width] = (await page.evaluate(
          '[document.documentElement.scrollWidth, innerWidth]',
        )) as [number, number];
        expect(content, `${name} ${look}`).toBeLessThanOrEqual(width);
        await page.screenshot({ path: join(directory, `${name}-${look}.png`), fullPage: true });
      }
      expect(complaints).toEqual([]);
    }
    expect(server.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
