import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../base/errors.ts';
import type { ForeignFunction, ForeignLibrary } from './ffi.ts';
import { loadKoffi } from './ffi-koffi.node.ts';
import { native as browser } from './native.browser.ts';
import { type BuildOptions, type Native, NativeError } from './native.ts';
import { answer, ask, fakeCompilers, noCompiler, realCompiler, shareSource, tierFixture } from './testing.ts';
import type { NativeSettings } from './tier.node.ts';

if (noCompiler) console.log('tests of the native tier are left out: there is no cc, clang or gcc');

const real = realCompiler;
const none = noCompiler;
const at = tierFixture();
const { open, script, entries } = at;

describe.skipIf(none)('buildLibrary', () => {
  test('compiles, keeps, and takes out of the cache the next time', async () => {
    const first = await open().buildLibrary(answer(42), { name: 'answer' });
    expect([ask(first), first.origin, first.name]).toEqual([42, 'compiled', 'answer']);
    const second = await open().buildLibrary(answer(42), { name: 'answer' });
    expect([ask(second), second.origin, second.path]).toEqual([42, 'cache', first.path]);
    expect(await entries()).toHaveLength(1);
  });

  test('compiles again for other code, other flags and another processor', async () => {
    const on = (identity: string): Native =>
      open({
        processor: {
          describe: () => ({ model: 'X', features: undefined, identity }),
          mark: () => identity,
        },
      });
    const [first, second, other] = [on('a'), on('a'), on('b')];
    const build = async (
      tier: Native,
      source: string | string[] = answer(1),
      options: Partial<BuildOptions> = {},
    ) => (await tier.buildLibrary(source, { name: 'answer', ...options })).origin;
    expect(await build(first)).toBe('compiled');
    expect(await build(second)).toBe('cache');
    expect(await build(second, answer(2))).toBe('compiled');
    expect(await build(second, [answer(1), 'int two;'])).toBe('compiled');
    expect(await build(second, answer(1), { flags: ['-O1'] })).toBe('compiled');
    expect(await build(second, answer(1), { contract: 'fast' })).toBe('compiled');
    expect(await build(other)).toBe('compiled');
    expect(await build(first)).toBe('cache');
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
        const rename = (): never => {
          throw full;
        };
        return { cache: { publish: { sync: async () => {}, syncNow: () => {}, rename } } };
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
    expect(ask(await tier.buildLibrary(answer(10), { name: 'answer' }))).toBe(10);
    const { notes, cache: state } = await tier.report();
    expect(notes).toEqual([expect.stringMatching(note)]);
    expect(notes[0]).toBe(`compiled code is not kept: ${state.problem}`);
    expect(await entries()).toEqual([]);
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
    const tier = open({ environment: { CC: '/nowhere/cc', PATH: at.cache } });
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
    const loadFfi = () =>
      loadKoffi(() => {
        throw new Error('not installed');
      });
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
    cache: { path: join(at.cache, 'native'), entries: 1 },
    notes: [],
  });
  expect(report.cache.bytes).toBeGreaterThan(1000);
  expect(report.sampleSeconds).toBeGreaterThan(0);
});

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

  test('runs aside, and is waited for either way', async () => {
    const { pool, job, sum } = await prepare(open());
    const first = pool.runAside(job(2, 2048))!;
    await first.ended;
    expect(sum(2048)).toBe(300);
    for (let i = 0; i < 200; i++) {
      const aside = pool.runAside(job(1 + (i % 4), 3072))!;
      aside.wait();
      if (sum(3072) !== 300) expect.fail(`job ${i} gives ${sum(3072)}, not 300`);
      expect(pool.runAside(job(2, 2048)), 'nobody has heard of its end').toBeNull();
      await aside.ended;
    }
  });

  /** A tier whose calls of a symbol aside are made by `call`. */
  const openWith = (
    symbol: string,
    call: (real: ForeignFunction) => ForeignFunction['callAsync'],
  ): Native => {
    const real = loadKoffi();
    const load = (path: string): ForeignLibrary => {
      const library = real.load(path);
      const find: ForeignLibrary['find'] = (name, ...signature) => {
        const found = library.find(name, ...signature);
        return name === symbol ? { ...found, callAsync: call(found) } : found;
      };
      return { ...library, find };
    };
    return open({ loadFfi: () => ({ ...real, load }) });
  };
  const refuse = (): never => {
    throw new Error('Too many resources are in use by asynchronous calls');
  };

  test('says at once that it runs nothing aside if the call cannot be made', async () => {
    const { pool, job, sum } = await prepare(openWith('nacre_pool_run_aside', () => refuse));
    for (let i = 0; i < 3; i++) expect(pool.runAside(job(2))).toBeNull();
    pool.run(job(2));
    expect(sum()).toBe(300);
  });

  test.each(['ended', 'wait'] as const)('runs what was refused later when %s is asked', async (way) => {
    let calls = 0;
    const tier = openWith(
      'nacre_pool_run_aside',
      ({ callAsync }) =>
        async (...given) =>
          calls++ === 1 ? refuse() : callAsync(...given),
    );
    const { pool, job, sum } = await prepare(tier);
    for (let i = 0; i < 4; i++) {
      const sync = 1024 * (i + 1);
      const { ended, wait } = pool.runAside(job(2, sync))!;
      if (way === 'wait') {
        wait();
        expect(sum(sync)).toBe(300);
        new Uint8Array(memory.buffer, sync, 64).fill(0);
      }
      await ended;
      expect(sum(sync), 'done once').toBe(way === 'wait' ? 0 : 300);
    }
    expect(calls).toBe(4);
  });

  test('runs what no other thread begins on the one that waits', async () => {
    let begin = (): void => {};
    const late = openWith('nacre_pool_run_aside', ({ call }) => (...given) => {
      return new Promise((resolve) => {
        begin = () => resolve(call(...given));
      });
    });
    const { pool, job, sum } = await prepare(late);
    const aside = pool.runAside(job(3))!;
    aside.wait();
    expect(sum()).toBe(300);
    new Uint8Array(memory.buffer, 1024, 64).fill(0);
    begin();
    await aside.ended;
    expect(sum(), 'done once').toBe(0);
    expect(pool.runAside(job(3))).not.toBeNull();
  });

  test('is built again after a failure', async () => {
    const flag = join(at.cache, 'broken');
    await fs.writeFile(flag, '');
    const broken = `if [ -e ${flag} ]; then exit 1; fi`;
    const CC = await script(fakeCompilers.unless(real!, '*/pool.c', broken));
    const tier = open({ environment: { CC } });
    await expect(tier.loadPool()).rejects.toMatchObject({ fault: 'failed' });
    await fs.rm(flag);
    expect(await tier.loadPool()).toHaveProperty('run');
  });
});
