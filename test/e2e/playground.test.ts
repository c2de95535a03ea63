import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { deleteEverything, PodqlProcess } from '../support/podql-process';

const browserPath = process.env.CHROME_BIN || '/usr/bin/chromium';
const inBrowser = existsSync(browserPath) ? test : test.skip;

/** What the page did that it must not do: asked anything of anybody else, broke its policy, or failed. */
class Watcher {
  readonly problems: string[] = [];

  static async on(page: Page, origin: string): Promise<Watcher> {
    const watcher = new Watcher();
    const report = (problem: string): void => void watcher.problems.push(problem.slice(0, 300));
    page.on('pageerror', (error) => report(`error: ${error.message}`));
    page.on('console', (message) => message.type() === 'error' && report(`console: ${message.text()}`));
    page.on('response', (response) => response.status() >= 400 && report(`${response.status()}: ${response.url()}`));
    page.on('websocket', (socket) => socket.url().startsWith(origin.replace('http', 'ws')) || report(`socket: ${socket.url()}`));
    // The network is cut off but for the server itself.
    await page.route('**/*', (route) => {
      if (new URL(route.request().url()).origin === origin) return route.continue();
      report(`remote: ${route.request().url()}`);
      return route.abort('internetdisconnected');
    });
    return watcher;
  }
}

describe('the playground in Chromium, with no other network than the server', () => {
  let podql: PodqlProcess;
  let browser: Browser;

  beforeAll(async () => {
    if (!existsSync(browserPath)) return;
    podql = await PodqlProcess.start();
    browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    if (!podql) return;
    await deleteEverything(podql.client());
    await podql.remove();
  }, 60_000);

  async function open(): Promise<{ page: Page; watcher: Watcher }> {
    const page = await browser.newPage();
    const watcher = await Watcher.on(page, podql.url);
    await page.goto(podql.url);
    // The editor is there when it has coloured the first word, the schema when the documentation can be opened.
    await page.locator('.graphiql-query-editor .view-line', { hasText: 'query Everything' }).waitFor();
    return { page, watcher };
  }

  const run = (page: Page): Promise<void> => page.locator('.graphiql-execute-button').click();
  // Execute follows at once, faster than a hand: what runs must be what the editor shows then.
  const tab = async (page: Page, name: string): Promise<void> => {
    await page.locator('.graphiql-tab-button', { hasText: name }).click();
    await page.locator('.graphiql-query-editor .view-line', { hasText: name }).first().waitFor();
  };
  const answers = (page: Page, text: string | RegExp): Promise<void> => page.locator('.graphiql-response', { hasText: text }).waitFor();

  inBrowser('the first tab answers with what runs', async () => {
    const { page, watcher } = await open();
    expect(new URL(page.url()).pathname).toBe('/graphql');
    await run(page);
    await answers(page, /"totalCount":\s*0/);
    expect(watcher.problems).toEqual([]);
    await page.close();
  }, 60_000);

  inBrowser('a subscription streams what another tab creates', async () => {
    const { page, watcher } = await open();
    await tab(page, 'Watch');
    await run(page);
    await answers(page, 'BOOKMARK');

    const other = await open();
    await tab(other.page, 'KeepTwoRunning');
    await run(other.page);
    await answers(other.page, '"hello"');

    await answers(page, /"name":\s*"hello-/);
    await answers(page, /"phase":\s*"RUNNING"/);
    expect([...watcher.problems, ...other.watcher.problems]).toEqual([]);
    await other.page.close();
    await page.close();
  }, 90_000);

  inBrowser('the documentation and the completion know the schema', async () => {
    const { page, watcher } = await open();
    await page.locator('button[aria-label="Show Documentation Explorer"]').click();
    await page.locator('.graphiql-doc-explorer', { hasText: 'Mutation' }).waitFor();
    expect(watcher.problems).toEqual([]);
    await page.close();
  }, 60_000);
});
