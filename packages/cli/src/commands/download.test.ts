import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { run } from '../cli.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

it('without a network says what to do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-download-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
  const errors: string[] = [];
  const exitCode = await run(['download', 'mnist'], {
    output: { write: () => {} },
    errors: { write: (text: string) => void errors.push(text) },
    environment: {},
  });
  await rm(folder, { recursive: true });
  expect(exitCode).toBe(1);
  expect(errors.join('')).toMatch(
    /^error: downloadMnist: .*fetch failed.* Connect to the network .*--data DIR/,
  );
});
