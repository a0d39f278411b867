import { existsSync, mkdtempSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inFolder } from './cache.node.ts';
import {
  candidates,
  compileFlags,
  compileLibrary,
  findCompiler,
  type ProbeOptions,
} from './compiler.node.ts';
import { describeProcessor, type Processor } from './cpu.node.ts';
import type { ForeignFunctions } from './ffi.ts';
import { loadKoffi } from './ffi-koffi.node.ts';
import { NativeError, type NativeFault } from './native.ts';
import { Slots } from './spawn.node.ts';
import { begin, finish, type Steps } from './steps.ts';
import { fakeCompilers } from './testing.ts';

const real = ['cc', 'clang', 'gcc'].filter((name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name))),
);
const none = process.platform === 'win32' || real.length === 0;
if (none) console.log('tests with a compiler are left out: there is no cc, clang or gcc');

let folder: string;
let empty: string;
let ffi: ForeignFunctions;
let processor: Processor;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-compiler-'));
  ffi = loadKoffi();
  processor = describeProcessor();
});
beforeEach(async () => {
  empty = await mkdtemp(join(folder, 'empty-'));
});
afterAll(() => rm(folder, { recursive: true }));

const inWorkspace: ProbeOptions['inWorkspace'] = (work) => inFolder(mkdtempSync(join(folder, 'work-')), work);

let scripts = 0;
async function script(text: string): Promise<string> {
  const path = join(folder, `compiler${scripts++}`);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Both ways to do the work. */
const ways: [string, <T>(work: Steps<T>) => Promise<T>][] = [
  ['while the event loop goes on', begin],
  ['on the spot', async (work) => finish(work)],
];

const find = (environment: NodeJS.ProcessEnv, more: Partial<ProbeOptions> = {}) =>
  findCompiler({ environment, limit: 20_000, ffi, processor, inWorkspace, ...more });

/** Looks with `$CC` set, and nothing else to be found. */
const findAlone = (CC: string, limit = 20_000) => find({ CC, PATH: empty }, { limit });

test('the order is $CC with its arguments, cc, clang, gcc, each once', () => {
  expect(candidates({})).toEqual([['cc'], ['clang'], ['gcc']]);
  expect(candidates({ CC: ' ccache  gcc ' })).toEqual([['ccache', 'gcc'], ['cc'], ['clang'], ['gcc']]);
  expect(candidates({ CC: 'clang' })).toEqual([['clang'], ['cc'], ['gcc']]);
});

test('flags name the processor as its compilers do', () => {
  expect(compileFlags('off', 'x64')).toEqual(expect.arrayContaining(['-march=native', '-ffp-contract=off']));
  expect(compileFlags('fast', 'arm64')).toEqual(
    expect.arrayContaining(['-mcpu=native', '-ffp-contract=fast']),
  );
  expect(compileFlags('off', 'arm64')).not.toContain('-march=native');
});

describe.each(ways)('refused %s', (_, done) => {
  test('what is not there', async () => {
    const { compiler, refusals } = await done(findAlone('/nowhere/cc -O1'));
    expect(compiler).toBeUndefined();
    expect(refusals.map(({ command, fault }) => [command, fault])).toEqual([
      ['/nowhere/cc -O1', 'missing'],
      ['cc', 'missing'],
      ['clang', 'missing'],
      ['gcc', 'missing'],
    ]);
    expect(refusals[0].detail).toBe('--version: there is no such program');
  });

  test.each<[string, string, NativeFault, RegExp]>([
    ['failing', fakeCompilers.failing(), 'failed', /it ended with code 3: error: no licence$/],
    ['crashing', fakeCompilers.crashing(), 'crashed', /it was ended by SIGSEGV: stack smashed$/],
    ['no program', 'exec /dev/null', 'failed', /code 126/],
  ])('a compiler that is %s, with what it said', async (_, text, fault, detail) => {
    const { refusals } = await done(findAlone(await script(text)));
    expect(refusals[0]).toMatchObject({ fault, detail: expect.stringMatching(detail) });
  });

  test('a file that cannot be run', async () => {
    const path = join(folder, 'no-program');
    await writeFile(path, 'text');
    expect((await done(findAlone(path))).refusals[0]).toMatchObject({
      fault: 'failed',
      detail: '--version: it cannot be started (EACCES)',
    });
  });

  test('a compiler that hangs, and what it started is ended with it', async () => {
    const pid = join(empty, 'pid');
    const { refusals } = await done(findAlone(await script(fakeCompilers.hanging(pid)), 2000));
    expect(refusals[0]).toMatchObject({ fault: 'timeout', detail: '--version: it was ended after 2 s' });
    const child = Number(await readFile(pid, 'utf8'));
    expect(child).toBeGreaterThan(0);
    // It ends, or the test takes too long. One that nobody has buried yet is a Z.
    for (;;) {
      const status = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => '0 (sleep) Z');
      if (process.platform !== 'linux' || status.includes(') Z')) break;
    }
  });

  test.skipIf(none).each<[string, string, RegExp]>([
    ['garbage', 'echo garbage > "$out"', /damaged, it has 8 bytes/],
    ['no library', 'head -c 4096 /dev/zero > "$out"', /damaged, it is no library/],
    ['half a library', 'head -c 4500 "$out" > "$out.half"; mv "$out.half" "$out"', /its end is missing/],
    ['nothing', 'rm "$out"', /it ended well and wrote nothing/],
  ])('a compiler that writes %s', async (_, after, detail) => {
    const CC = await script(fakeCompilers.spoiling(real[0], after));
    const { refusals } = await done(find({ ...process.env, CC }));
    expect(refusals[0]).toMatchObject({
      command: CC,
      fault: 'garbage',
      detail: expect.stringMatching(detail),
    });
  });

  test.skipIf(none)('code for another processor', async ({ skip }) => {
    if (!processor.features?.has('avx2')) skip('this processor is no x86 with AVX2');
    const other = { ...processor, features: new Set(['sse2']) };
    const { compiler, refusals } = await done(find({ ...process.env, CC: real[0] }, { processor: other }));
    expect(compiler).toBeUndefined();
    expect(refusals[0]).toMatchObject({
      fault: 'processor',
      detail: 'it makes code with avx2, which this processor does not have',
    });
  });
});

describe.skipIf(none).each(ways)('found %s', (_, done) => {
  test.each(real)('%s', async (name) => {
    const { compiler, refusals } = await done(find({ ...process.env, CC: name }));
    expect(refusals).toEqual([]);
    expect(compiler).toMatchObject({ command: [name], macros: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(compiler!.version).toMatch(/\d+\.\d+/);
    expect([16, 32, 64]).toContain(compiler!.lanesBytes);
    if (processor.features?.has('avx512f')) expect(compiler!.lanesBytes).toBe(64);
  });

  test('the next one, where the first does not work', async () => {
    const CC = await script(fakeCompilers.failing());
    const { compiler, refusals } = await done(find({ ...process.env, CC }));
    expect(compiler!.command).toEqual([real[0]]);
    expect(refusals).toHaveLength(1);
  });
});

describe.skipIf(none).each(ways)('compileLibrary %s', (_, done) => {
  const request = async (units: readonly string[]) => {
    const place = join(empty, 'work');
    await mkdir(place);
    return {
      name: 'units',
      units,
      flags: compileFlags(),
      folder: place,
      limit: 20_000,
      environment: process.env,
    };
  };

  test('links units that call each other', async () => {
    const units = ['int two(void); int four(void) { return 2 * two(); }', 'int two(void) { return 2; }'];
    const { file } = await done(compileLibrary({ command: [real[0]] }, await request(units)));
    expect(ffi.load(file).find('four', 'i32', []).call()).toBe(4);
  });

  test('names the unit that does not compile, and says why', async () => {
    const units = ['int fine;', '#error "too large"'];
    const failed = done(compileLibrary({ command: [real[0]] }, await request(units)));
    await expect(failed).rejects.toThrow(/\(units-1\.c\): it ended with code 1: .*too large/);
    await expect(failed).rejects.toBeInstanceOf(NativeError);
  });
});

test('slots let so many work at a time, in order, also after a failure', async () => {
  const slots = new Slots(2);
  const done: number[] = [];
  let present = 0;
  let most = 0;
  const work = (number: number) =>
    slots.use(async () => {
      most = Math.max(most, ++present);
      await Promise.resolve();
      present--;
      if (number === 1) throw new Error('one fails');
      done.push(number);
    });
  await Promise.allSettled([0, 1, 2, 3, 4].map(work));
  expect(most).toBe(2);
  expect(done).toEqual([0, 2, 3, 4]);
});
