import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setThreads, threadsReady } from 'nacre';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExample, buildPage, pathOf } from './bundle.ts';
import { launchChromium, skipsBrowser } from './chromium.ts';
import type { PageCalls } from './page/main.ts';
import { type Outcome, trainFromSeed } from './same-seed.ts';
import { type FileServer, isolation, serveFolder } from './server.ts';
import { visit as visitPage } from './visit.ts';

if (skipsBrowser) console.log('skipped: no Chromium found; install it, or name it in $CHROMIUM');

/** What the page of `./page` offers. */
interface Calls {
  readonly calls: PageCalls;
}

/** Frames that a page has drawn since it was told to watch, and the longest time between two. */
interface Watching {
  readonly watched: { frames: number; longest: number };
}

/** Runs in the page. */
function watchFrames(): void {
  const watched = { frames: 0, longest: 0 };
  let last = performance.now();
  const frame = (now: number): void => {
    watched.frames++;
    watched.longest = Math.max(watched.longest, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  Object.assign(globalThis, { watched });
}

/** Draws the digit 1 with the mouse. */
async function drawOne(page: Page): Promise<void> {
  const { x, y, width, height } = (await page.locator('#pad').boundingBox())!;
  const at = (across: number, down: number): [number, number] => [x + across * width, y + down * height];
  await page.mouse.move(...at(0.55, 0.15));
  await page.mouse.down();
  await page.mouse.move(...at(0.45, 0.85), { steps: 8 });
  await page.mouse.up();
}

describe.skipIf(skipsBrowser)('in Chromium', () => {
  let folder: string;
  const screenshots = join(tmpdir(), 'nacre-screenshots');
  let browser: Browser;
  let servers: { isolated: FileServer; plain: FileServer; strict: FileServer };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nacre-browser-'));
    await buildExample(join(folder, 'example'));
    await buildPage(pathOf('./page'), join(folder, 'same-seed'));
    servers = {
      isolated: await serveFolder(folder, isolation),
      plain: await serveFolder(folder, {}),
      strict: await serveFolder(folder, { ...isolation, 'Content-Security-Policy': "worker-src 'self'" }),
    };
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await Promise.all(Object.values(servers ?? {}).map((server) => server.close()));
    await rm(folder, { recursive: true, force: true });
  });

  const visit = (
    url: string,
    use: (page: Page) => Promise<void>,
    options?: Parameters<typeof visitPage>[3],
  ): Promise<void> => visitPage(browser, url, use, options);

  const textOf = (page: Page, id: string): Promise<string> => page.locator(`#${id}`).innerText();
  const numberOf = async (page: Page, id: string): Promise<number> =>
    Number((await textOf(page, id)).replace(/[^\d.e-]/g, ''));

  /** Resolves once a task has done so many steps. */
  const reachStep = (page: Page, task: string, step: number): Promise<unknown> =>
    page.waitForFunction(
      ([id, least]) => Number(document.getElementById(id)?.textContent?.replace(/\D/g, '')) >= least,
      [`${task}-step`, step] as const,
    );

  /** Resolves once a task shows more than so many percent of right answers. */
  const reachAccuracy = (page: Page, task: string, percent: number): Promise<unknown> =>
    page.waitForFunction(
      ([id, least]) => Number.parseFloat(document.getElementById(id)?.textContent ?? '') > least,
      [`${task}-accuracy`, percent] as const,
    );

  describe('the example page', () => {
    test('learns the points of a plane while the page stays responsive', async () => {
      await visit(`${servers.isolated.url}example/`, async (page) => {
        await page.locator('[data-set=spirals]').click();
        await page.locator('#points-run').click();
        await reachStep(page, 'points', 5);
        const first = await numberOf(page, 'points-loss');
        // The slider counts in powers of ten; its last place lifts the limit.
        await page.locator('#points-pace').fill('4');
        await page.evaluate(watchFrames);
        await reachStep(page, 'points', 1500);
        const { frames, longest } = await page.evaluate(() => (globalThis as unknown as Watching).watched);
        expect(frames).toBeGreaterThan(10);
        expect(longest).toBeLessThan(1000);
        expect(await numberOf(page, 'points-loss')).toBeLessThan(first / 2);
        await reachAccuracy(page, 'points', 90);
        expect(await textOf(page, 'machine')).toMatch(/^wasm · \d+ threads? · shared memory$/);
        await page.screenshot({ path: join(screenshots, 'points.png') });

        await page.locator('#points-run').click();
        await page.locator('#points-reset').click();
        await page.waitForFunction(() => document.getElementById('points-step')?.textContent === '0');
      });
    });

    test('learns digits, and reads one that is drawn', async () => {
      const chinese = { locale: 'zh-CN', colorScheme: 'dark' } as const;
      await visit(
        `${servers.plain.url}example/`,
        async (page) => {
          expect(await textOf(page, 'points-run')).toBe('开始');
          await page.locator('#tab-digits').click();
          await page.locator('#digits-run').click();
          await reachStep(page, 'digits', 400);
          await page.locator('#digits-run').click();
          await reachAccuracy(page, 'digits', 75);
          expect(await textOf(page, 'machine')).toMatch(/^wasm · 1 个线程/);

          await drawOne(page);
          await page.waitForFunction(() => document.querySelector('.bar.best') !== null);
          const bars = page.locator('[role=meter]');
          const values = await bars.evaluateAll((rows) =>
            rows.map((row) => Number(row.getAttribute('aria-valuenow'))),
          );
          expect(values.length).toBe(10);
          expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
          expect(values.indexOf(Math.max(...values))).toBe(1);
          await page.screenshot({ path: join(screenshots, 'digits.png') });
        },
        chinese,
      );
    });
  });

  describe('the same seed gives the same bits', () => {
    const seed = 7;
    let expected: Outcome;

    beforeAll(async () => {
      setThreads(1);
      expected = trainFromSeed(seed);
    });

    test('in Node with one thread again, and with two, twice', async () => {
      expect(trainFromSeed(seed)).toEqual(expected);
      setThreads(2);
      await threadsReady();
      expect(trainFromSeed(seed)).toEqual(expected);
      expect(trainFromSeed(seed)).toEqual(expected);
      expect(trainFromSeed(seed + 1)).not.toEqual(expected);
    });

    test.each([
      { where: 'isolated', threads: 2 },
      { where: 'plain', threads: 1 },
    ] as const)(
      'in a worker of a page that is $where, with $threads threads, twice',
      async ({ where, threads }) => {
        await visit(`${servers[where].url}same-seed/`, async (page) => {
          const train = (): Promise<unknown> =>
            page.evaluate(([s, t]) => (globalThis as unknown as Calls).calls.trainInWorker(s, t), [
              seed,
              threads,
            ] as const);
          for (const _round of [1, 2])
            expect(await train()).toEqual({ outcome: expected, threads, isolated: where === 'isolated' });
        });
      },
    );

    test('with one thread where the policy of a page forbids the threads it asked for', async () => {
      await visit(`${servers.strict.url}same-seed/`, async (page) => {
        const answer = await page.evaluate(
          (s) => (globalThis as unknown as Calls).calls.trainInWorker(s, 2),
          seed,
        );
        expect(answer).toEqual({ outcome: expected, threads: 1, isolated: true });
      });
    });

    test('on the own thread of a page, which may not wait for others', async () => {
      for (const server of [servers.isolated, servers.plain]) {
        await visit(`${server.url}same-seed/`, async (page) => {
          expect(
            await page.evaluate((s) => (globalThis as unknown as Calls).calls.trainOnPage(s), seed),
          ).toEqual(expected);
        });
      }
    });
  });
});
