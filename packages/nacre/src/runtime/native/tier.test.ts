import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ArgumentError } from '../../base/errors.ts';
import { loadKoffi } from './ffi-koffi.node.ts';
import { native as browser } from './native.browser.ts';
import { type Library, type Native, NativeError } from './native.ts';
import { fakeCompilers } from './testing.ts';
import { createNative, type NativeSettings } from './tier.node.ts';

const real = ['cc', 'clang', 'gcc']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));
const none = process.platform === 'win32' || real === undefined;
if (none) console.log('tests of the native tier are left out: there is no cc, clang or gcc');

let root: string;
let cache: string;
beforeAll(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'nacre-native-test-'));
});
afterAll(() => fs.rm(root, { recursive: true }));
beforeEach(async () => {
  cache = await fs.mkdtemp(join(root, 'cache-'));
});

/** A tier of its own, as another process would have it, with the cache of this test. */
function open({ environment, ...settings }: NativeSettings = {}): Native {
  return createNative({
    ...settings,
    environment: { ...process.env, CC: real, NACRE_CACHE: cache, ...environment },
  });
}

let scripts = 0;
async function script(text: string): Promise<string> {
  const path = join(root, `compiler${scripts++}`);
  await fs.writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

const answer = (value: number): string => `int answer(void) { return ${value}; }`;
const ask = (library: Library): number => library.find('answer', 'i32', []).call();
const entries = (): Promise<string[]> => fs.readdir(join(cache, 'native'));

describe.skipIf(none)('buildLibrary', () => {
  test('compiles, keeps, and takes out of the cache the next time', async () => {
    const first = await open().buildLibrary(answer(42), { name: 'answer' });
    expect([ask(first), first.origin, first.name]).toEqual([42, 'compiled', 'answer']);
    const second = await open().buildLibrary(answer(42), { name: 'answer' });
    expect([ask(second), second.origin, second.path]).toEqual([42, 'cache', first.path]);
    expect(await entries()).toHaveLength(1);
  });

  test('compiles again for other code, other flags and another processor', async () => {
    const processor = async (identity: string) => ({ model: 'X', features: undefined, identity });
    const build = async (
      source: string | string[],
      flags: string[],
      contract: 'off' | 'fast',
      cpu: string,
    ) => {
      const tier = open({ describeProcessor: () => processor(cpu) });
      return (await tier.buildLibrary(source, { name: 'answer', flags, contract })).origin;
    };
    expect(await build(answer(1), [], 'off', 'a')).toBe('compiled');
    expect(await build(answer(1), [], 'off', 'a')).toBe('cache');
    expect(await build(answer(2), [], 'off', 'a')).toBe('compiled');
    expect(await build([answer(1), 'int two;'], [], 'off', 'a')).toBe('compiled');
    expect(await build(answer(1), ['-O1'], 'off', 'a')).toBe('compiled');
    expect(await build(answer(1), [], 'fast', 'a')).toBe('compiled');
    expect(await build(answer(1), [], 'off', 'b')).toBe('compiled');
    expect(await build(answer(1), [], 'off', 'a')).toBe('cache');
  });

  test('asked twice at once compiles once', async () => {
    const tier = open();
    const libraries = await Promise.all(
      [1, 2, 3].map(() => tier.buildLibrary(answer(5), { name: 'answer' })),
    );
    expect(new Set(libraries).size).toBe(1);
    expect(ask(libraries[0])).toBe(5);
  });

  test('compiles an entry again that was damaged', async () => {
    const { path } = await open().buildLibrary(answer(6), { name: 'answer' });
    await fs.truncate(path, 5000);
    const library = await open().buildLibrary(answer(6), { name: 'answer' });
    expect([ask(library), library.origin, library.path]).toEqual([6, 'compiled', path]);
    expect((await open().buildLibrary(answer(6), { name: 'answer' })).origin).toBe('cache');
  });

  test('says what the compiler said, and the report keeps it', async () => {
    const tier = open();
    const failed = tier.buildLibrary('int answer(void) { return nothing; }', { name: 'wrong' });
    await expect(failed).rejects.toThrow(/^buildLibrary: wrong has no native code: .* code 1: .*nothing/s);
    await expect(failed).rejects.toMatchObject({ fault: 'failed' });
    await expect(failed).rejects.toBeInstanceOf(NativeError);
    expect((await tier.report()).notes).toEqual([expect.stringMatching(/wrong has no native code/)]);
    expect(ask(await tier.buildLibrary(answer(7), { name: 'right' }))).toBe(7);
    expect(await entries()).toHaveLength(1);
  });

  test.each([
    ['crashes', 'crashed', fakeCompilers.crashing(), 20_000],
    ['hangs', 'timeout', fakeCompilers.hanging('/dev/null'), 300],
    ['fills its memory', 'crashed', 'kill -KILL $$', 20_000],
  ] as const)(
    'a compiler that %s on a program leaves nothing behind',
    async (_, fault, instead, compileLimit) => {
      const CC = await script(fakeCompilers.unless(real!, '*/heavy.c', instead));
      const tier = open({ environment: { CC }, compileLimit });
      await expect(tier.buildLibrary(answer(8), { name: 'heavy' })).rejects.toMatchObject({ fault });
      expect(await entries()).toEqual([]);
      expect(ask(await tier.buildLibrary(answer(8), { name: 'light' }))).toBe(8);
    },
  );

  test('refuses a name that is no file name', async () => {
    await expect(open().buildLibrary('', { name: '../x' })).rejects.toBeInstanceOf(ArgumentError);
  });

  test.each<[string, () => Promise<NativeSettings> | NativeSettings, RegExp]>([
    [
      'full when the library is put in place',
      () => {
        const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        return { cache: { publish: { sync: async () => {}, rename: () => Promise.reject(full) } } };
      },
      /not kept: ENOSPC: no space left/,
    ],
    [
      'full when the compiler writes',
      async () => {
        const CC = fakeCompilers.unless(
          real!,
          '*/work-*/answer.so',
          'echo "No space left on device" >&2; exit 1',
        );
        return { environment: { CC: await script(CC) } };
      },
      /not kept: .*No space left on device/,
    ],
    [
      'no place to make a folder',
      () => ({ environment: { NACRE_CACHE: join('/dev/null', 'nacre') } }),
      /not kept: .*(ENOTDIR|ENOENT)/,
    ],
    [
      'another user’s',
      () => ({ cache: { uid: (process.getuid?.() ?? 0) + 1 } }),
      /not kept: .* is not used: it belongs to user/,
    ],
  ])('works with a cache that is %s, keeps nothing, and says so', async (_, settings, note) => {
    const tier = open(await settings());
    const library = await tier.buildLibrary(answer(9), { name: 'answer' });
    expect([ask(library), library.origin]).toEqual([9, 'compiled']);
    expect((await tier.report()).notes).toEqual([expect.stringMatching(note)]);
    expect(existsSync(join(cache, 'native')) ? await entries() : []).toEqual([]);
  });
});

describe('support', () => {
  test.skipIf(none)('says what there is', async () => {
    expect(await open().support()).toMatchObject({
      ok: true,
      compiler: real,
      version: expect.stringMatching(/\d/),
      flags: expect.arrayContaining(['-O3', '-fPIC']),
      cpu: expect.any(String),
    });
  });

  test.skipIf(process.platform === 'win32')('gives every reason where there is no compiler', async () => {
    const tier = open({ environment: { CC: '/nowhere/cc', PATH: cache } });
    expect(await tier.support()).toEqual({
      ok: false,
      reasons: ['/nowhere/cc', 'cc', 'clang', 'gcc'].map(
        (cc) => `${cc}: --version: there is no such program`,
      ),
    });
    const failed = tier.buildLibrary(answer(1), { name: 'answer' });
    await expect(failed).rejects.toThrow(/^buildLibrary: there is no native tier here: .*nacre doctor/);
    await expect(tier.loadPool()).rejects.toBeInstanceOf(NativeError);
    const { sampleSeconds, refusals, support } = await tier.report({ sample: true });
    expect([sampleSeconds, refusals.length, support.ok]).toEqual([undefined, 4, false]);
  });

  test.skipIf(process.platform === 'win32')('says so where C cannot be called', async () => {
    const loadFfi = () => loadKoffi(() => Promise.reject(new Error('not installed')));
    const tier = open({ loadFfi });
    const reason = 'loadKoffi: koffi cannot be loaded: not installed. Install it: npm install koffi';
    expect(await tier.support()).toEqual({ ok: false, reasons: [reason] });
    await expect(tier.ffi()).rejects.toThrow(reason);
    await expect(tier.buildLibrary(answer(1), { name: 'answer' })).rejects.toMatchObject({
      fault: 'platform',
    });
    expect((await tier.report()).ffi).toBeNull();
  });

  test('of a browser is that there is none', async () => {
    const { ok } = await browser.support();
    expect(ok).toBe(false);
    for (const refused of [browser.ffi(), browser.loadPool(), browser.buildLibrary('', { name: 'a' })]) {
      await expect(refused).rejects.toThrow(/not available here: a browser/);
    }
    expect((await browser.report()).cache.path).toBeUndefined();
  });
});

test.skipIf(none)('the report counts the cache and measures a sample', async () => {
  const tier = open();
  await tier.buildLibrary(answer(10), { name: 'answer' });
  const report = await tier.report({ sample: true });
  expect(report).toMatchObject({
    support: { ok: true },
    refusals: [],
    ffi: { name: 'koffi' },
    cache: { path: join(cache, 'native'), entries: 1 },
    notes: [],
  });
  expect(report.cache.bytes).toBeGreaterThan(1000);
  expect(report.sampleSeconds).toBeGreaterThan(0);
});

/** Adds 1 to 24 in pieces; thread 0 leaves when all are done. */
const shareSource = `#include <stdatomic.h>
#include <stdint.h>
void nacre_share(char *base, uint32_t args, uint32_t scratch, uint32_t status, uint32_t sync, int me, int threads) {
  _Atomic int *next = (_Atomic int *)(base + sync), *done = next + 1, *sum = next + 2;
  int taken = 0;
  for (int piece; (piece = atomic_fetch_add(next, 1)) < 24; taken++) atomic_fetch_add(sum, piece + 1);
  atomic_fetch_add(done, taken);
  while (atomic_load(done) < 24)
    ;
}`;

describe.skipIf(none)('the pool', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65535, shared: true });

  async function prepare(tier: Native) {
    const [pool, library, ffi] = await Promise.all([
      tier.loadPool(),
      tier.buildLibrary(shareSource, { name: 'share' }),
      tier.ffi(),
    ]);
    const job = (threads: number, sync = 1024) => ({
      share: library.address('nacre_share'),
      base: ffi.addressOf(memory),
      args: 64,
      scratch: 4096,
      scratchStride: 64,
      status: 128,
      sync,
      syncBytes: 64,
      threads,
    });
    const sum = (sync = 1024): number => new Int32Array(memory.buffer, sync, 3)[2];
    return { pool, job, sum };
  }

  test.each([1, 2, 3, 4])('adds up right in many small jobs by %d threads', async (threads) => {
    const { pool, job, sum } = await prepare(open());
    const given = job(threads);
    for (let i = 0; i < 10_000; i++) {
      pool.run(given);
      if (sum() !== 300) expect.fail(`job ${i} gives ${sum()}, not 300`);
    }
    pool.stop();
    pool.run(given);
    expect(sum()).toBe(300);
  });

  test('runs beside the event loop, also two jobs at once', async () => {
    const { pool, job, sum } = await prepare(open());
    await Promise.all([
      pool.runAsync(job(2, 2048)),
      pool.runAsync(job(2, 3072)),
      pool.runAsync(job(4, 5120)),
    ]);
    expect([sum(2048), sum(3072), sum(5120)]).toEqual([300, 300, 300]);
  });

  test('is built again after a failure', async () => {
    const flag = join(cache, 'broken');
    await fs.writeFile(flag, '');
    const broken = `if [ -e ${flag} ]; then exit 1; fi`;
    const CC = await script(fakeCompilers.unless(real!, '*/pool.c', broken));
    const tier = open({ environment: { CC } });
    await expect(tier.loadPool()).rejects.toMatchObject({ fault: 'failed' });
    await fs.rm(flag);
    expect(await tier.loadPool()).toHaveProperty('run');
  });
});
