import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleModule } from './bundle.ts';

/** The most that the whole library, without datasets and models, may weigh in a page. */
const mostBytes = 100_000;

test('the library in a browser bundle is under 100 KB gzip, and asks for nothing of Node', async () => {
  const code = await bundleModule("import * as nacre from 'nacre';\nglobalThis.nacre = nacre;");
  const bytes = gzipSync(code, { level: 9 }).length;
  console.log(`browser bundle: ${code.length} bytes minified, ${bytes} bytes gzip`);
  expect(code).toContain('crossEntropy');
  expect(code).not.toMatch(/['"`]node:/);
  expect(bytes).toBeLessThan(mostBytes);
});
