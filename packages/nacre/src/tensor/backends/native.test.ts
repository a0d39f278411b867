import { deserialize, serialize } from 'node:v8';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeviceError, IndexError } from '../../base/errors.ts';
import { LSTM } from '../../nn/recurrent.ts';
import type { Heap } from '../../runtime/heap.ts';
import type { Library, Native, NativePool } from '../../runtime/native/native.ts';
import { fakeCompilers, noCompiler, realCompiler, tierFixture } from '../../runtime/native/testing.ts';
import type { NativeSettings } from '../../runtime/native/tier.node.ts';
import type { Pool } from '../../runtime/pool.ts';
import type { Workspace } from '../../runtime/program.ts';
import { type Compiled, compile } from '../compile.ts';
import { randn, tensor } from '../create.ts';
import { heap, setDevice, setThreads, threadsReady } from '../engine.ts';
import { embedding } from '../functions/index-by.ts';
import { dropout } from '../functions/network.ts';
import { softmax } from '../functions/reduce.ts';
import { conv2d, maxPool2d } from '../functions/window.ts';
import { grad, noGrad } from '../grad.ts';
import { Parameter } from '../parameter.ts';
import type { Tensor } from '../tensor.ts';
import type { Backend, Tier } from './backend.ts';
import { buildProgram, NativeTier } from './native.ts';
import { type PackedSkeleton, pack, unpack } from './skeleton.ts';

if (noCompiler) console.log('tests of the native tier are left out: there is no cc, clang or gcc');

/** What the engine made, and the tier that its device 'native' stands for in the present test. */
const parts = vi.hoisted(
  () => ({}) as { machine: [Backend, Heap, Pool, Workspace]; programs: NativeTier; tier: Backend },
);

vi.mock('./tiers.node.ts', () => ({
  defaultDevice: 'native',
  nativeBackend: (...machine: [Backend, Heap, Pool, Workspace]): Backend => {
    parts.machine = machine;
    return { name: 'native', prepare: (...graph) => parts.tier.prepare(...graph) };
  },
}));

const at = tierFixture();

/** How often programs ran in C, by one thread, by several and beside the event loop, and what was asked of the compiler. */
const seen = { alone: 0, shared: 0, aside: 0, builds: 0 };

/** How often somebody waited on this thread for what ran beside the event loop. */
let waits = 0;

const watchedLibrary = (library: Library): Library => ({
  ...library,
  find: (symbol, ...signature) => {
    const found = library.find(symbol, ...signature);
    if (symbol !== 'nacre_run') return found;
    return {
      ...found,
      call: (...parameters) => {
        seen.alone++;
        return found.call(...parameters);
      },
    };
  },
});

const watchedPool = (pool: NativePool): NativePool => ({
  ...pool,
  run: (job) => {
    seen.shared++;
    pool.run(job);
  },
  runAside: (job) => {
    const begun = pool.runAside(job);
    if (!begun) return null;
    seen.aside++;
    return {
      ended: begun.ended,
      wait: () => {
        waits++;
        begun.wait();
      },
    };
  },
});

const watched = (native: Native): Native => ({
  ...native,
  buildLibrary: async (...asked) => {
    seen.builds++;
    return watchedLibrary(await native.buildLibrary(...asked));
  },
  buildLibraryNow: (...asked) => {
    seen.builds++;
    return watchedLibrary(native.buildLibraryNow(...asked));
  },
  findLibrary: (...asked) => {
    const found = native.findLibrary(...asked);
    return found && watchedLibrary(found);
  },
  loadPool: async (options) => watchedPool(await native.loadPool(options)),
  loadPoolNow: () => watchedPool(native.loadPoolNow()),
  poolNow: () => {
    const pool = native.poolNow();
    return pool && watchedPool(pool);
  },
});

/** Lets the device 'native' work with other means. `quietFor`: seconds before it compiles in the background. */
function use(native: Native, now = false, quietFor = 0): Native {
  const [wasm, ...machine] = parts.machine;
  parts.programs = new NativeTier(watched(native), ...machine, quietFor);
  parts.tier = parts.programs.backend(wasm, now);
  Object.assign(seen, { alone: 0, shared: 0, aside: 0, builds: 0 });
  return native;
}

/** A tier with its own cache, that knows its compiler. */
async function ready(settings?: NativeSettings): Promise<Native> {
  const native = at.open(settings);
  await native.support();
  return use(native);
}

beforeEach(() => {
  setDevice('native');
  setThreads(1);
});
afterAll(() => setDevice('wasm'));

/** Lets what is ready go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs until a program has certainly done the work after which compiling begins: 0.02 s at 5 µs a run at least. */
function heat(run: () => unknown): void {
  for (let i = 0; i < 4100; i++) run();
}

/** Waits until C is active; the time limit of the test ends it if that does not come. */
async function swapped(f: Compiled<[Tensor], unknown>, x: Tensor): Promise<void> {
  const { executable } = f.prepare(x).program;
  expect(executable.tier).toBe('wasm');
  while (executable.tier !== 'native') await turn();
}

/** Compiles what a process has left, as another one does when it has ended. */
async function leaveToNext(native: Native): Promise<void> {
  const left = parts.programs.remaining();
  expect(left).toHaveLength(1);
  const [packed] = deserialize(serialize(left.map(pack))) as PackedSkeleton[];
  await native.loadPool();
  await buildProgram(native, unpack(packed));
}

/** Waits until the report of a tier speaks of a failure. */
async function failure(native: Native): Promise<string> {
  for (;;) {
    const { notes } = await native.report();
    if (notes.length) return notes.join('\n');
    await turn();
  }
}

const mixed = (x: Tensor): Tensor => softmax(x.matmul(x.exp()), 1) as Tensor;
const square = (): Tensor => randn([12, 12]) as Tensor;

function expectSame(actual: Tensor, wanted: Tensor): void {
  const [got, want] = [actual.dataSync(), wanted.dataSync()];
  for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value as number, 5);
}

/** What WebAssembly computes. */
function inWasm<T>(make: () => T): T {
  setDevice('wasm');
  try {
    return make();
  } finally {
    setDevice('native');
  }
}

describe.skipIf(noCompiler)('a program', () => {
  test('starts in WebAssembly and goes on in C when it was hot, with the same results', async () => {
    await ready();
    const f = compile(mixed);
    const x = square();
    const wanted = inWasm(() => compile(mixed)(x));
    for (let i = 0; i < 10; i++) expectSame(f(x), wanted);
    await turn();
    expect(seen).toEqual({ alone: 0, shared: 0, aside: 0, builds: 0 });
    heat(() => f(x));
    expect(seen.alone).toBe(0);
    await swapped(f, x);
    expect(seen).toEqual({ alone: 0, shared: 0, aside: 0, builds: 1 });
    expectSame(f(x), wanted);
    heat(() => f(x));
    await turn();
    expect(seen).toEqual({ alone: 4101, shared: 0, aside: 0, builds: 1 });
  });

  test('is left to the next process while this one is young', async () => {
    const native = await ready();
    use(native, false, 3600);
    const x = square();
    const f = compile(mixed);
    heat(() => f(x));
    await turn();
    expect([f.tier, seen.builds]).toEqual(['wasm', 0]);
    await leaveToNext(native);
    use(at.open());
    const later = compile(mixed);
    expectSame(later(x), f(x));
    expect([later.tier, seen.builds]).toEqual(['native', 0]);
  });

  test('that was compiled before is C from its first run', async () => {
    const native = await ready();
    const x = square();
    const first = compile(mixed);
    heat(() => first(x));
    await swapped(first, x);
    const later = use(at.open());
    expectSame(compile(mixed)(x), first(x));
    expect(seen).toEqual({ alone: 2, shared: 0, aside: 0, builds: 0 });
    expect(later.supportFromRecord()).toEqual(await native.support());
  });

  test('writes parameters where they lie, before and after it changes hands', async () => {
    await ready();
    const train = (): [Parameter, Compiled<[Tensor], void>] => {
      const w = new Parameter(tensor([1, 2, 3]) as Tensor);
      return [
        w,
        compile((x: Tensor) =>
          noGrad(() => void (w.value = w.value.mul(0.999).add(x.mul(w.value)) as Tensor)),
        ),
      ];
    };
    const x = tensor([1e-4, -1e-4, 2e-4]) as Tensor;
    const [w, step] = train();
    const [other, same] = train();
    heat(() => step(x));
    const { executable } = step.prepare(x).program;
    const places = vi.spyOn(executable, 'run').mock.calls;
    step(x);
    await swapped(step, x);
    expect(executable.inPlace).toEqual([true]);
    step(x);
    step(x);
    expect(seen.alone).toBe(2);
    expect(places).toHaveLength(3);
    for (const [leaves, [written]] of places)
      expect([leaves.includes(written), written]).toEqual([true, places[0][1][0]]);
    inWasm(() => {
      for (let i = 0; i < 4103; i++) same(x);
    });
    expectSame(w.value, other.value);
  });

  test('gives back the memory that it had in WebAssembly', async () => {
    await ready();
    const x = square();
    const f = compile(mixed);
    heat(() => f(x));
    await swapped(f, x);
    await heap.relieve();
    const held = heap.liveBytes;
    f.prepare(x).program.dispose();
    const freed = held - heap.liveBytes;
    const alone = compile(mixed, { tier: 'native' });
    alone(x);
    await heap.relieve();
    const before = heap.liveBytes;
    alone.prepare(x).program.dispose();
    expect([freed > 0, freed]).toEqual([true, before - heap.liveBytes]);
  });

  test('that was dropped gives its memory back', async () => {
    await ready();
    const x = square();
    const round = async (): Promise<void> => {
      for (let i = 0; i < 200; i++) await compile(mixed, { tier: 'native' })(x).data();
      await heap.relieve();
      await heap.relieve();
    };
    await round();
    const before = heap.liveBytes;
    await round();
    await round();
    expect(heap.liveBytes - before).toBeLessThan(2 ** 14);
  });

  test('that waits for its compiler keeps no tensor alive', async () => {
    const native = await ready();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    let given = 0;
    use({
      ...native,
      buildLibrary: async (...build) => {
        asked++;
        await gate;
        const library = await native.buildLibrary(...build);
        given++;
        return library;
      },
    });
    const collected: string[] = [];
    const registry = new FinalizationRegistry((name: string) => void collected.push(name));
    await (async () => {
      const captured = square();
      const x = square();
      const f = compile((y: Tensor) => mixed(y).matmul(captured).mul(y.sum()) as Tensor);
      heat(() => f(x));
      while (asked === 0) await turn();
      registry.register(captured.node.storage!, 'captured');
      registry.register(x.node.storage!, 'argument');
      registry.register(f, 'function');
    })();
    while (collected.length < 3) await heap.relieve();
    expect(collected.sort()).toEqual(['argument', 'captured', 'function']);
    expect([asked, given]).toEqual([1, 0]);
    release();
    while (given === 0) await turn();
    await turn();
  });

  test('is shared between threads if it is large, and computes the same bits', async () => {
    await ready();
    const x = randn([200, 200]) as Tensor;
    const f = compile((y: Tensor) => softmax(y.matmul(y), 1) as Tensor, { tier: 'native' });
    const alone = f(x).dataSync();
    expect([seen.alone, seen.shared]).toEqual([1, 0]);
    setThreads(2);
    await threadsReady();
    for (let i = 0; i < 20; i++) expect(f(x).dataSync()).toEqual(alone);
    // On a busy machine a run may take so long that the next is done beside the event loop.
    expect([seen.alone, seen.shared + seen.aside]).toEqual([1, 20]);
    compile(mixed, { tier: 'native' })(square()).dataSync();
    expect([seen.alone, seen.shared + seen.aside], 'small ones are not').toEqual([2, 20]);
  });

  test.each([1, 2])('says of an index outside what WebAssembly says, on %d threads', async (threads) => {
    await ready();
    setThreads(threads);
    await threadsReady();
    const table = randn([1000, 64]) as Tensor;
    const wrong = Int32Array.from({ length: 8000 }, (_, i) => (i === 7999 ? 1000 : i % 1000));
    const bad = tensor(wrong, { dtype: 'int32' }) as Tensor;
    const good = bad.remainder(1000) as Tensor;
    const caught = (tier: Tier): unknown => {
      const f = compile((index: Tensor) => embedding(index, table).sum() as Tensor, { tier });
      const before = f(good).itemSync();
      let error: unknown;
      try {
        f(bad);
      } catch (thrown) {
        error = thrown;
      }
      expect(f(good).itemSync(), 'the next call works').toBe(before);
      return error;
    };
    const [wasm, native] = [caught('wasm'), caught('native')] as Error[];
    expect(native).toBeInstanceOf(IndexError);
    expect(native.message).toMatch(/^embedding: index 1000 is outside 0 to 999/);
    expect(native.message).toBe(wasm.message);
    expect(seen.alone + seen.shared).toBeGreaterThan(2);
  });
});

describe.skipIf(noCompiler)('a long program', () => {
  /** Some 10⁹ operations: no processor does them within a millisecond. */
  const long = (x: Tensor): Tensor => {
    let y: Tensor = x;
    for (let i = 0; i < 4; i++) y = y.matmul(x).tanh() as Tensor;
    return y.sum() as Tensor;
  };

  test('leaves the event loop to others while it runs', async () => {
    await ready();
    const x = randn([512, 512]) as Tensor;
    const f = compile(long, { tier: 'native' });
    const before = waits;
    const loss = f(x);
    expect([seen.alone, seen.aside]).toEqual([0, 1]);
    await loss.item();
    expect(waits).toBe(before);
  });

  test('is waited for by whoever needs its memory', async () => {
    await ready();
    const x = randn([512, 512]) as Tensor;
    const f = compile(long, { tier: 'native' });
    const before = waits;
    const first = f(x).itemSync();
    expect(waits).toBe(before + 1);
    // More than the calls that may be under way at once in koffi, whose limit is 64 by default.
    for (let i = 0; i < 100; i++) f(x).dispose();
    const results = [f(x), f(x), f(x)];
    const other = tensor([1, 2, 3]).sum().itemSync();
    expect(other).toBe(6);
    expect(results.map((result) => result.itemSync())).toEqual([first, first, first]);
    expect(await f(x).item()).toBe(first);
  });

  test('says of an index outside when its numbers are asked for', async () => {
    await ready();
    const table = randn([1000, 512]) as Tensor;
    const index = (last: number): Tensor =>
      tensor(
        Int32Array.from({ length: 512 }, (_, i) => (i === 511 ? last : i)),
        { dtype: 'int32' },
      ) as Tensor;
    const f = compile((at: Tensor) => long(embedding(at, table) as Tensor), { tier: 'native' });
    const before = await f(index(3)).item();
    await expect(f(index(1000)).item()).rejects.toThrow(/^embedding: index 1000 is outside 0 to 999/);
    expect(await f(index(3)).item()).toBe(before);
  });
});

describe.skipIf(noCompiler)('a result larger than the caches', () => {
  /** Whether C gives what WebAssembly does, on one thread and on two, in a first run and in one over the memory of another. */
  async function check(fn: (x: Tensor) => Tensor, shape: readonly number[]): Promise<void> {
    await ready();
    const x = randn(shape) as Tensor;
    const wanted = (inWasm(() => fn(x).dataSync()) as Float32Array).slice();
    for (const threads of [1, 2]) {
      setThreads(threads);
      await threadsReady();
      const f = compile(fn, { tier: 'native' });
      const { plan } = f.prepare(x).program.executable;
      expect(plan?.kernels.flatMap(({ params }) => params.filter(({ streamed }) => streamed))).toHaveLength(
        1,
      );
      for (let run = 0; run < 2; run++) {
        const got = f(x);
        const numbers = (await got.data()) as Float32Array;
        let worst = 0;
        for (let i = 0; i < numbers.length; i++)
          worst = Math.max(worst, Math.abs(numbers[i] - wanted[i]) || 0);
        expect(numbers).toHaveLength(wanted.length);
        expect(numbers.some(Number.isNaN)).toBe(false);
        expect(worst).toBeLessThan(2e-6);
        got.dispose();
      }
    }
  }

  test('of rows that fill vectors, and of rows that do not', async () => {
    await check((x) => softmax(x, 1) as Tensor, [4099, 1024]);
    await check((x) => softmax(x, 1) as Tensor, [4099, 1027]);
  });

  test('of an elementwise kernel, whose operand may lie in another order', async () => {
    await check((x) => x.mul(0.5).add(0.25) as Tensor, [2 ** 23 + 5]);
    await check((x) => x.transpose(0, 1).mul(0.5) as Tensor, [2899, 2900]);
  });

  test('that takes the place of what it is made from', async () => {
    await ready();
    const p = new Parameter(randn([2 ** 23 + 3]) as Tensor);
    const wanted = (p.dataSync() as Float32Array).map((x) => x * 0.5 + 1);
    const update = compile((x: Tensor) => noGrad(() => void (p.value = p.value.mul(0.5).add(x) as Tensor)), {
      tier: 'native',
    });
    update(tensor(1));
    const numbers = p.dataSync() as Float32Array;
    let worst = 0;
    for (let i = 0; i < numbers.length; i++) worst = Math.max(worst, Math.abs(numbers[i] - wanted[i]));
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('a program that keeps to its tier', () => {
  test.skipIf(noCompiler)('stays WebAssembly, and is C in the next process', async () => {
    const native = await ready();
    const x = square();
    const f = compile(mixed, { steady: true });
    f(x);
    expect(parts.programs.remaining(), 'what runs seldom is not worth it').toEqual([]);
    heat(() => f(x));
    await turn();
    expect([f.tier, seen]).toEqual(['wasm', { alone: 0, shared: 0, aside: 0, builds: 0 }]);
    await leaveToNext(native);
    use(at.open());
    const later = compile(mixed, { steady: true });
    expectSame(later(x), f(x));
    expect([later.tier, seen]).toEqual(['native', { alone: 1, shared: 0, aside: 0, builds: 0 }]);
    expect(f.prepare(x).program.executable.tier).toBe('wasm');
  });

  const lstm = new LSTM(4, 5);
  const kernel = new Parameter(randn([2, 1, 3, 3]) as Tensor);
  test.skipIf(noCompiler).each<[string, (x: Tensor) => Tensor]>([
    ['a loop over time', (x) => lstm.forward(x.reshape([12, 3, 4]))[0]],
    [
      'a gradient through windows and a maximum',
      (x) => {
        const image = x.reshape([1, 1, 12, 12]);
        const loss = (w: Tensor): Tensor =>
          (maxPool2d(conv2d(image, w, null, { padding: 1 }), 2) as Tensor).square().sum() as Tensor;
        return grad(loss)(kernel);
      },
    ],
    [
      'random numbers and sorting',
      (x) =>
        (dropout(x, 0.5) as Tensor).add(x.amax(1, { keepdim: true }) as Tensor).sort({ dim: 1 })[0] as Tensor,
    ],
  ])('is the same program where a file has carried it: %s', async (_, fn) => {
    const native = await ready();
    const x = square();
    const f = compile(fn, { steady: true });
    heat(() => f(x));
    await leaveToNext(native);
    use(at.open());
    const later = compile(fn, { steady: true });
    later(x);
    expect([later.tier, seen.builds]).toEqual(['native', 0]);
  });

  test.skipIf(noCompiler)('is compiled first if it will run for long', async () => {
    await ready();
    const x = square();
    const [short, long] = [1e3, 1e8].map((runs) => compile(mixed, { steady: true, runs }));
    expectSame(short(x), long(x));
    expect([short.tier, long.tier]).toEqual(['wasm', 'native']);
    expect(seen).toEqual({ alone: 1, shared: 0, aside: 0, builds: 1 });
  });

  test.skipIf(noCompiler).each([
    ['that was C goes on', { tier: 'native' as const }],
    ['that will run for long begins', { runs: 1e8 }],
  ])('%s in C where nobody has looked for a compiler yet', (_, options) => {
    use(at.open());
    const f = compile(mixed, { steady: true, ...options });
    f(square());
    expect([f.tier, seen.builds]).toEqual(['native', 1]);
  });

  test('that was C goes on in WebAssembly where there is no compiler', async () => {
    const native = use(at.open({ environment: { CC: '/nonexistent', PATH: '' } }));
    await native.support();
    const x = square();
    for (const tier of ['native', undefined] as const) {
      const f = compile(mixed, { steady: true, tier, runs: 1e8 });
      f(x);
      expect(f.tier).toBe('wasm');
    }
    expect(parts.programs.remaining()).toEqual([]);
  });
});

describe('a tier that is asked for', () => {
  test('stays WebAssembly, however hot', async () => {
    use(at.open());
    const f = compile(mixed, { tier: 'wasm' });
    const x = square();
    heat(() => f(x));
    heat(() => f(x));
    await turn();
    expect(seen).toEqual({ alone: 0, shared: 0, aside: 0, builds: 0 });
  });

  test.skipIf(noCompiler)('is C before the first run', async () => {
    await ready();
    const x = square();
    expectSame(
      compile(mixed, { tier: 'native' })(x),
      inWasm(() => compile(mixed, { tier: 'native' })(x)),
    );
    expect(seen).toEqual({ alone: 1, shared: 0, aside: 0, builds: 1 });
  });

  test.skipIf(noCompiler)('is C where nobody has looked for a compiler yet', async () => {
    use(at.open());
    const x = square();
    const program = (): Tensor => compile(mixed, { tier: 'native' })(x);
    expectSame(program(), inWasm(program));
    expect(seen).toEqual({ alone: 1, shared: 0, aside: 0, builds: 1 });
    expect(await at.records()).toHaveLength(1);
  });

  test.skipIf(process.platform === 'win32').each([
    ['there is no compiler', async () => '/nonexistent', '/nonexistent: --version: there is no such program'],
    ['it is broken', () => at.script(fakeCompilers.failing()), /: --version: .* error: no licence; cc: /],
  ])('is refused where %s', async (_, compiler, why) => {
    const native = use(at.open({ environment: { CC: await compiler(), PATH: '' } }));
    const x = square();
    const run = (): Tensor => compile(mixed, { tier: 'native' })(x);
    for (let i = 0; i < 2; i++) {
      expect(run).toThrow(DeviceError);
      expect(run).toThrow(/^compile: there is no native tier: .*npx nacre doctor/);
      expect(run).toThrow(why);
      await native.support();
    }
  });

  test.skipIf(noCompiler)('is what everything runs in where compiled code alone is wanted', async () => {
    use(await ready(), true);
    const x = square();
    const eager = mixed(x);
    expectSame(
      eager,
      inWasm(() => compile(mixed)(x)),
    );
    expect(seen.alone).toBeGreaterThan(0);
    expect(seen.builds).toBe(seen.alone);
    compile(mixed, { tier: 'wasm' })(x);
    expect(seen.builds).toBe(seen.alone);
  });
});

describe('everything goes on in WebAssembly', () => {
  /** Runs a hot program for as long as `until` waits, and after that. */
  async function goesOn(until: () => Promise<unknown>): Promise<void> {
    const f = compile(mixed);
    const x = square();
    const wanted = inWasm(() => compile(mixed)(x));
    heat(() => f(x));
    await until();
    await turn();
    heat(() => f(x));
    expectSame(f(x), wanted);
    expect(seen.alone).toBe(0);
  }

  test.skipIf(process.platform === 'win32')('without a compiler, and the report says why', async () => {
    const native = use(at.open({ environment: { CC: '/nonexistent', PATH: '' } }));
    await goesOn(() => native.support());
    const { support, refusals } = await native.report();
    const reason = '/nonexistent: --version: there is no such program';
    expect(support).toEqual({ ok: false, reasons: expect.arrayContaining([reason]) });
    expect(refusals.map(({ command, fault }) => `${command} ${fault}`)).toContain('/nonexistent missing');
    expect(seen.builds).toBe(0);
  });

  test.skipIf(noCompiler)('when the compiler fails, which is tried once', async () => {
    const CC = await at.script(
      fakeCompilers.unless(realCompiler!, '*/program.c', 'echo "error: no licence" >&2; exit 3'),
    );
    const native = await ready({ environment: { CC } });
    await goesOn(() => failure(native));
    expect((await native.report()).notes).toEqual([
      expect.stringMatching(/program has no native code: .*it ended with code 3: error: no licence/),
    ]);
    expect(seen.builds).toBe(1);
  });

  test.skipIf(noCompiler)('when the compiler hangs, until it is ended', async () => {
    const CC = await at.script(
      fakeCompilers.unless(realCompiler!, '*/program.c', `{ ${fakeCompilers.hanging('/dev/null')}; }`),
    );
    // The pool is there before, compiled without hurry.
    await (await ready({ environment: { CC } })).loadPool();
    const native = await ready({ environment: { CC }, compileLimit: 300 });
    await goesOn(() => failure(native));
    expect((await native.report()).notes).toEqual([
      expect.stringMatching(/program has no native code: .*it was ended after 0.3 s/),
    ]);
    expect(seen.builds).toBe(1);
  });
});

describe('NACRE_TIER', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** The device that computes in a process with this setting. */
  async function deviceWith(value: string): Promise<string> {
    vi.stubEnv('NACRE_TIER', value);
    vi.resetModules();
    return (await vi.importActual<typeof import('./tiers.node.ts')>('./tiers.node.ts')).defaultDevice;
  }

  test.each([
    ['wasm', 'wasm'],
    ['', 'native'],
    ['auto', 'native'],
  ])("'%s' means the device %s", async (value, device) => {
    expect(await deviceWith(value)).toBe(device);
  });

  test.skipIf(noCompiler)("'native' means the device native", async () => {
    vi.stubEnv('NACRE_CACHE', at.cache);
    expect(await deviceWith('native')).toBe('native');
  });

  test.skipIf(process.platform === 'win32')("'native' without a compiler is refused", async () => {
    vi.stubEnv('CC', '/nonexistent');
    vi.stubEnv('PATH', '');
    await expect(deviceWith('native')).rejects.toThrow(/no native tier here: \/nonexistent: .*nacre doctor/);
  });

  test('refuses what it is not', async () => {
    await expect(deviceWith('fast')).rejects.toThrow('NACRE_TIER is wasm, native or auto, got fast');
  });
});
