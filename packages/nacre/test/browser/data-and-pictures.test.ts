import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodePng } from 'nacre/datasets';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPage, pathOf } from './bundle.ts';
import { launchChromium, skipsBrowser } from './chromium.ts';
import type { DataPageCalls } from './data-page/main.ts';
import { train, walk } from './data-page/walks.ts';
import { type FileServer, isolation, serveFolder } from './server.ts';
import { visit } from './visit.ts';

if (skipsBrowser) console.log('skipped: no Chromium found; install it, or name it in $CHROMIUM');

/** What the page of `./data-page` offers. */
interface Calls {
  readonly calls: DataPageCalls;
}

const examples = pathToFileURL(pathOf('./data-page/examples.js')).href;

describe.skipIf(skipsBrowser)('in Chromium', () => {
  let folder: string;
  let browser: Browser;
  let servers: { isolated: FileServer; plain: FileServer; strict: FileServer };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nacre-browser-'));
    await buildPage(pathOf('./data-page'), folder);
    await writeFile(
      join(folder, 'seen.js'),
      `export * from 'data:text/javascript,${encodeURIComponent('export const tiny = () => ({ length: 1, get: () => [[1], 1] })')}';`,
    );
    servers = {
      isolated: await serveFolder(folder, isolation),
      plain: await serveFolder(folder, {}),
      strict: await serveFolder(folder, { 'Content-Security-Policy': "worker-src 'self'" }),
    };
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await Promise.all(Object.values(servers ?? {}).map((server) => server.close()));
    await rm(folder, { recursive: true, force: true });
  });

  describe('pictures as PNG', () => {
    const pngOf = async (page: Page, name: 'line' | 'heat' | 'matrix', scale?: number) =>
      decodePng(
        Uint8Array.from(
          await page.evaluate(
            ([picture, times]) => (globalThis as unknown as Calls).calls.png(picture, times),
            [name, scale] as const,
          ),
        ),
      );

    test.each(['isolated', 'plain'] as const)('are drawn by a page that is %s', async (where) => {
      await visit(browser, servers[where].url, async (page) => {
        const line = await pngOf(page, 'line');
        expect([line.width, line.height]).toEqual([600, 400]);
        expect((await pngOf(page, 'line', 1)).width).toBe(300);
        expect((await pngOf(page, 'line', 0.5)).height).toBe(100);
        for (const name of ['line', 'heat', 'matrix'] as const) {
          const { data, channels, width, height } = await pngOf(page, name, 1);
          const levels = new Set(Array.from(data).filter((_, i) => channels < 4 || i % 4 < 3));
          expect(levels.size, name).toBeGreaterThan(20);
          expect(data.length).toBe(width * height * channels);
        }
      });
    });

    test('of a heatmap have the colours of its numbers', async () => {
      await visit(browser, servers.plain.url, async (page) => {
        const { data, channels, width, height } = await pngOf(page, 'heat', 1);
        const isOf = (test: (r: number, g: number, b: number) => boolean): number => {
          let count = 0;
          for (let at = 0; at < width * height * channels; at += channels)
            if (test(data[at], data[at + 1], data[at + 2])) count++;
          return count / (width * height);
        };
        expect(isOf((r, _, b) => r > b + 60)).toBeGreaterThan(0.03); // orange: below zero
        expect(isOf((r, _, b) => b > r + 60)).toBeGreaterThan(0.1); // blue: above
      });
    });
  });

  describe('threads of a DataLoader', () => {
    const call = <A extends unknown[]>(page: Page, name: 'walk' | 'train', ...args: A): Promise<unknown> =>
      page.evaluate(
        ([which, given]) =>
          (globalThis as unknown as { calls: Record<string, (...a: unknown[]) => Promise<unknown>> }).calls[
            which
          ](...given),
        [name, args] as [string, unknown[]],
      );
    const bundled = (page: Page): Promise<string> =>
      page.evaluate(() => (globalThis as unknown as Calls).calls.bundled);

    test.each(['isolated', 'plain'] as const)(
      'make the batches that Node makes, in a page that is %s',
      async (where) => {
        const expected = await walk(examples, 'made', [10], 0);
        expect(expected).toHaveLength(8);
        await visit(browser, servers[where].url, async (page) => {
          const url = await bundled(page);
          for (const workers of [0, 1, 2]) {
            expect(await call(page, 'walk', url, 'made', [10], workers)).toEqual(expected);
          }
          expect(await call(page, 'walk', url, 'scopes', [3], 1)).toEqual([
            [
              [[1], [1], [1]],
              [0, 0, 0],
            ],
            [
              [[1], [1], [1]],
              [0, 0, 0],
            ],
          ]);
          expect(await call(page, 'walk', `${servers[where].url}seen.js`, 'tiny', [], 1)).toHaveLength(2);
        });
      },
    );

    test('train a network, on the page and in a worker of it', async () => {
      const expected = await train(examples, [8], 0);
      await visit(browser, servers.isolated.url, async (page) => {
        const url = await bundled(page);
        expect(await call(page, 'train', url, [8], 2)).toEqual(expected);
        const answer = await page.evaluate(
          (address) => (globalThis as unknown as Calls).calls.inWorker(address),
          url,
        );
        expect(answer).toEqual({
          losses: expected,
          picture: expect.stringContaining(
            'a worker cannot turn SVG into PNG. Send the text of svg() to the page',
          ),
        });
      });
    });

    test('say what failed', async () => {
      await visit(browser, servers.plain.url, async (page) => {
        const url = await bundled(page);
        const torn = {
          name: 'DataError',
          message: expect.stringContaining('example 3 failed in a worker: the picture is torn'),
          cause: 'RangeError: the picture is torn',
        };
        expect(await call(page, 'walk', url, 'made', [6, 3], 2)).toEqual(torn);
        expect(await call(page, 'train', url, [6, 3], 2)).toEqual(torn);
        const broken = await page.evaluate(() => (globalThis as unknown as Calls).calls.broken);
        expect(await call(page, 'walk', broken, 'made', [], 1)).toMatchObject({
          message: expect.stringMatching(/cannot be imported: .*a-package.* without imports of packages/),
        });
      });
    });

    test('say what to allow where the policy of a page forbids them', async () => {
      await visit(
        browser,
        servers.strict.url,
        async (page) => {
          expect(await call(page, 'walk', `${servers.strict.url}seen.js`, 'tiny', [], 1)).toMatchObject({
            message: expect.stringContaining('Let worker-src of the page allow blob:'),
          });
        },
        { expected: /Content Security Policy/ },
      );
    });
  });
});
