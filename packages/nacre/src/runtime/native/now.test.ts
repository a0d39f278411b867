import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../base/errors.ts';
import { loadKoffi } from './ffi-koffi.node.ts';
import { native as browser } from './native.browser.ts';
import { type Native, NativeError } from './native.ts';
import { answer, ask, fakeCompilers, noCompiler, realCompiler, shareSource, tierFixture } from './testing.ts';
import { createNative, type NativeSettings } from './tier.node.ts';

if (noCompiler) console.log('tests of compiling at once are left out: there is no cc, clang or gcc');

const at = tierFixture();
const { open, script, entries } = at;

/** A tier that knows its compiler. */
async function ready(settings?: NativeSettings): Promise<Native> {
  const tier = open(settings);
  await tier.support();
  return tier;
}

describe('before anything is known', () => {
  test('there is no library, and nobody is asked', async () => {
    const tier = open();
    expect(tier.supportFromRecord()).toBeUndefined();
    expect(tier.findLibrary(answer(1), { name: 'answer' })).toBeUndefined();
    expect(tier.poolNow()).toBeUndefined();
    expect(await at.records()).toEqual([]);
  });

  test.skipIf(noCompiler)('the compiler is found on the spot, and that is kept', async () => {
    const tier = open();
    const support = tier.supportNow();
    expect(support).toMatchObject({ ok: true, compiler: realCompiler });
    expect(tier.supportFromRecord()).toBe(support);
    expect(await tier.support()).toBe(support);
    expect(await at.records()).toHaveLength(1);
    expect(await entries()).toEqual([]);
    expect(open().supportFromRecord()).toEqual(support);
    expect((await tier.report()).notes).toEqual([]);
  });

  test.skipIf(noCompiler)('also while somebody waits for it', async () => {
    const tier = open();
    const awaited = tier.support();
    const support = tier.supportNow();
    expect(support).toMatchObject({ ok: true });
    expect(await awaited).toBe(support);
    expect(await at.records()).toHaveLength(1);
  });

  test.skipIf(noCompiler)('a library and the pool are built on the spot', async () => {
    expect(ask(open().buildLibraryNow(answer(12), { name: 'answer' }))).toBe(12);
    expect(open().loadPoolNow()).toHaveProperty('run');
  });

  test.skipIf(process.platform === 'win32')('every reason is given where there is no compiler', async () => {
    const CC = await script(fakeCompilers.failing());
    const tier = open({ environment: { CC, PATH: at.cache } });
    const reasons = [
      `${CC}: --version: it ended with code 3: error: no licence`,
      ...['cc', 'clang', 'gcc'].map((name) => `${name}: --version: there is no such program`),
    ];
    expect(tier.supportNow()).toEqual({ ok: false, reasons });
    const build = () => tier.buildLibraryNow(answer(1), { name: 'answer' });
    expect(build).toThrow(NativeError);
    expect(build).toThrow(
      `buildLibraryNow: there is no native tier here: ${reasons.join('; ')}. npx nacre doctor shows what is missing`,
    );
    expect(() => tier.loadPoolNow()).toThrow(/no licence/);
    expect(await at.records()).toEqual([]);
  });

  test.skipIf(noCompiler)('a memory has its address', async () => {
    const tier = open();
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const address = tier.addressOf(memory);
    expect(address).toBe((await tier.ffi()).addressOf(memory));
    expect(address % 4096n).toBe(0n);
  });

  test('a memory has none where C cannot be called', () => {
    const loadFfi = () =>
      loadKoffi(() => {
        throw new Error('not installed');
      });
    expect(() => open({ loadFfi }).addressOf(new ArrayBuffer(8))).toThrow(/koffi cannot be loaded/);
  });

  test('nor is there anything in a browser', () => {
    expect(browser.supportNow()).toMatchObject({ ok: false });
    expect(browser.supportFromRecord()).toBe(browser.supportNow());
    expect(browser.findLibrary('', { name: 'a' })).toBeUndefined();
    expect(browser.poolNow()).toBeUndefined();
    for (const refused of [
      () => browser.addressOf(new ArrayBuffer(8)),
      () => browser.buildLibraryNow('', { name: 'a' }),
      () => browser.loadPoolNow(),
    ]) {
      expect(refused).toThrow(/not available here: a browser/);
    }
  });
});

describe.skipIf(noCompiler)('at once', () => {
  test('a library is compiled, and found by another tier', async () => {
    const first = await ready();
    expect(first.findLibrary(answer(3), { name: 'answer' })).toBeUndefined();
    const made = first.buildLibraryNow(answer(3), { name: 'answer' });
    expect([ask(made), made.origin, made.name]).toEqual([3, 'compiled', 'answer']);
    expect(first.buildLibraryNow(answer(3), { name: 'answer' }).origin).toBe('cache');
    const second = await ready();
    const found = second.findLibrary(answer(3), { name: 'answer' })!;
    expect([ask(found), found.origin, found.path]).toEqual([3, 'cache', made.path]);
    expect(second.findLibrary(answer(4), { name: 'answer' })).toBeUndefined();
    expect(second.findLibrary(answer(3), { name: 'answer', contract: 'fast' })).toBeUndefined();
    expect(await entries()).toHaveLength(1);
  });

  test('and in the background, the same entry is made', async () => {
    const tier = await ready();
    const { path } = await tier.buildLibrary(answer(5), { name: 'answer' });
    expect(tier.findLibrary(answer(5), { name: 'answer' })?.path).toBe(path);
    expect(tier.buildLibraryNow(answer(5), { name: 'answer' }).path).toBe(path);
  });

  test('units that call each other are linked', async () => {
    const units = ['int two(void); int answer(void) { return 2 * two(); }', 'int two(void) { return 2; }'];
    expect(ask((await ready()).buildLibraryNow(units, { name: 'answer' }))).toBe(4);
  });

  test('a damaged entry is not found, and compiled again', async () => {
    const tier = await ready();
    const { path } = tier.buildLibraryNow(answer(6), { name: 'answer' });
    await fs.truncate(path, 5000);
    expect(tier.findLibrary(answer(6), { name: 'answer' })).toBeUndefined();
    const library = tier.buildLibraryNow(answer(6), { name: 'answer' });
    expect([ask(library), library.origin, library.path]).toEqual([6, 'compiled', path]);
  });

  test('an entry that another user could write is not found', async () => {
    const tier = await ready();
    const { path } = tier.buildLibraryNow(answer(7), { name: 'answer' });
    await fs.chmod(path, 0o770);
    expect(tier.findLibrary(answer(7), { name: 'answer' })).toBeUndefined();
  });

  test('an entry that other tiers add or remove is seen', async () => {
    const [tier, other] = [await ready(), await ready()];
    expect(tier.findLibrary(answer(8), { name: 'answer' })).toBeUndefined();
    const { path } = other.buildLibraryNow(answer(8), { name: 'answer' });
    expect(tier.findLibrary(answer(8), { name: 'answer' })?.path).toBe(path);
    await fs.rm(path);
    expect(tier.findLibrary(answer(8), { name: 'answer' })).toBeUndefined();
  });

  test('the cache is the one that the environment names now', async () => {
    const environment: NodeJS.ProcessEnv = { ...process.env, CC: realCompiler, NACRE_CACHE: at.cache };
    const tier = createNative({ environment });
    await tier.support();
    tier.buildLibraryNow(answer(9), { name: 'answer' });
    environment.NACRE_CACHE = join(at.cache, 'moved');
    expect(tier.findLibrary(answer(9), { name: 'answer' })).toBeUndefined();
    expect(tier.buildLibraryNow(answer(9), { name: 'answer' }).path).toContain('moved');
    environment.NACRE_CACHE = at.cache;
    expect(tier.findLibrary(answer(9), { name: 'answer' })).toBeDefined();
  });

  test.each([
    [
      'fails',
      'failed',
      'echo "error: too large" >&2; exit 1',
      20_000,
      /it ended with code 1: error: too large/,
    ],
    ['crashes', 'crashed', fakeCompilers.crashing(), 20_000, /it was ended by SIGSEGV: stack smashed/],
    ['says too much', 'failed', 'yes', 20_000, /it says too much/],
  ] as const)(
    'a compiler that %s is an error, and leaves nothing behind',
    async (_, fault, instead, compileLimit, said) => {
      const CC = await script(fakeCompilers.unless(realCompiler!, '*/heavy.c', instead));
      const tier = await ready({ environment: { CC }, compileLimit });
      const build = () => tier.buildLibraryNow(answer(8), { name: 'heavy' });
      expect(build).toThrow(said);
      expect(build).toThrow(expect.objectContaining({ fault }));
      expect((await tier.report()).notes).toEqual([
        expect.stringMatching(/^buildLibraryNow: heavy has no native code/),
      ]);
      expect(await entries()).toEqual([]);
      expect(ask(tier.buildLibraryNow(answer(8), { name: 'light' }))).toBe(8);
    },
  );

  test('a compiler that hangs is ended, with what it started', async () => {
    const pid = join(at.cache, 'pid');
    const CC = await script(
      fakeCompilers.unless(realCompiler!, '*/heavy.c', `{ ${fakeCompilers.hanging(pid)}; }`),
    );
    const tier = await ready({ environment: { CC }, compileLimit: 500 });
    expect(() => tier.buildLibraryNow(answer(8), { name: 'heavy' })).toThrow(
      expect.objectContaining({ fault: 'timeout', message: expect.stringMatching(/ended after 0.5 s/) }),
    );
    const child = Number(await fs.readFile(pid, 'utf8'));
    expect(child).toBeGreaterThan(0);
    // It ends, or the test takes too long. One that nobody has buried yet is a Z.
    for (;;) {
      const status = await fs.readFile(`/proc/${child}/stat`, 'utf8').catch(() => '0 (sleep) Z');
      if (process.platform !== 'linux' || status.includes(') Z')) break;
    }
    expect(await entries()).toEqual([]);
  });

  test('a full disk means that nothing is kept, and is said', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const rename = (): never => {
      throw full;
    };
    const tier = await ready({ cache: { publish: { sync: async () => {}, syncNow: () => {}, rename } } });
    for (const value of [9, 10]) {
      const library = tier.buildLibraryNow(answer(value), { name: 'answer' });
      expect([ask(library), library.origin]).toEqual([value, 'compiled']);
    }
    expect((await tier.report()).notes).toEqual([expect.stringMatching(/not kept: ENOSPC/)]);
    expect(await entries()).toEqual([]);
  });

  test('a cache of another user is not used', async () => {
    await (await ready()).buildLibrary(answer(11), { name: 'answer' });
    const tier = await ready({ cache: { uid: (process.getuid?.() ?? 0) + 1 } });
    expect(tier.findLibrary(answer(11), { name: 'answer' })).toBeUndefined();
    expect(tier.buildLibraryNow(answer(11), { name: 'answer' }).origin).toBe('compiled');
    expect(await entries()).toHaveLength(1);
  });

  test('a name that is no file name is refused', async () => {
    const tier = await ready();
    expect(() => tier.buildLibraryNow('', { name: '../x' })).toThrow(ArgumentError);
    expect(() => tier.findLibrary('', { name: '../x' })).toThrow(ArgumentError);
  });

  test('the pool is loaded, is one, and is found by another tier', async () => {
    const tier = await ready();
    expect(tier.poolNow()).toBeUndefined();
    const pool = tier.loadPoolNow();
    expect(tier.poolNow()).toBe(pool);
    expect(tier.loadPoolNow()).toBe(pool);
    expect(await tier.loadPool()).toBe(pool);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true });
    const found = (await ready()).poolNow()!;
    for (const each of [pool, found]) {
      new Uint8Array(memory.buffer).fill(0);
      each.run({
        share: tier.buildLibraryNow(shareSource, { name: 'share' }).address('nacre_share'),
        base: tier.addressOf(memory),
        args: 64,
        scratch: 4096,
        scratchStride: 64,
        status: 128,
        sync: 1024,
        syncBytes: 64,
        threads: 3,
      });
      expect(new Int32Array(memory.buffer, 1024, 3)[2]).toBe(300);
    }
  });
});
