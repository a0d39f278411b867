import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { byteSize } from '../../src/base/dtype.ts';
import { sizeOf } from '../../src/base/shape.ts';
import type { Target } from '../../src/compiler/context.ts';
import type { OpNode } from '../../src/compiler/contract.ts';
import { sumsByLanes } from '../../src/compiler/lower-sums.ts';
import type { ProgramPlan } from '../../src/compiler/program.ts';
import { floatFlags, type RenderedProgram, renderProgram } from '../../src/render/c/program.ts';

/**
 * With NACRE_CROSS='aarch64-linux-gnu-gcc qemu-aarch64' programs are compiled for another processor, and run in a process of their own by what
 * imitates it.
 */
const [crossCompiler, emulator] = (process.env.NACRE_CROSS ?? '').split(' ').filter(Boolean);

/** Compilers that are here, by name. A machine may have none: tests then skip, and say so. */
export const compilers: readonly string[] = (crossCompiler ? [crossCompiler] : ['clang', 'gcc']).filter(
  (name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  },
);

/**
 * With NACRE_SANITIZE=1 (address and undefined behaviour) or NACRE_SANITIZE=thread programs run in a process of their own, under those sanitizers of the
 * compiler.
 */
const sanitize =
  process.env.NACRE_SANITIZE === '1' ? 'address,undefined' : (process.env.NACRE_SANITIZE ?? '');

/** Whether programs run in a process of their own, whole. */
export const apart = sanitize !== '' || crossCompiler !== undefined;

/** Milliseconds that a test which waits for compilers may take. */
export const patience = apart ? 900_000 : 180_000;

export const targets: Readonly<Record<4 | 8 | 16, Target>> = {
  4: { lanes: 4, tileRows: 4, tileVectors: 2 },
  8: {
    lanes: 8,
    tileRows: 6,
    tileVectors: 2,
    partial: true,
    sumsByLanes: sumsByLanes({ rows: 3, columns: 3 }),
  },
  16: {
    lanes: 16,
    tileRows: 12,
    tileVectors: 2,
    partial: true,
    sumsByLanes: sumsByLanes({ rows: 6, columns: 4 }),
  },
};

const folder = mkdtempSync(join(tmpdir(), 'nacre-c-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Runs nacre_share on real threads; as a program of its own it reads the heap from a file, and lets only the given regions be touched. */
const driver = `
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
struct job { char *base; unsigned args, scratch, stride, status, sync; int me, threads; };
static void *work(void *given) {
  struct job *j = given;
  nacre_share(j->base, j->args, j->scratch + (unsigned)j->me * j->stride, j->status, j->sync, j->me, j->threads);
  return 0;
}
__attribute__((visibility("default")))
void test_share(char *base, unsigned args, unsigned scratch, unsigned stride, unsigned status, unsigned sync, int threads) {
  pthread_t started[8];
  struct job jobs[8];
  for (int me = 0; me < threads; me++) {
    jobs[me] = (struct job){base, args, scratch, stride, status, sync, me, threads};
    if (me) pthread_create(&started[me], 0, work, &jobs[me]);
  }
  work(&jobs[0]);
  for (int me = 1; me < threads; me++) pthread_join(started[me], 0);
}
#ifdef SANITIZED
#if SANITIZED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes)
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#endif
int main(int count, char **given) {
  unsigned n[7];
  for (int i = 0; i < 7; i++) n[i] = (unsigned)strtoul(given[i + 2], 0, 10);
  char *heap = aligned_alloc(64, n[0]);
  FILE *file = fopen(given[1], "rb+");
  if (!file || fread(heap, 1, n[0], file) != n[0]) return 3;
  ASAN_POISON_MEMORY_REGION(heap, n[0]);
  for (int i = 9; i + 1 < count; i += 2)
    ASAN_UNPOISON_MEMORY_REGION(heap + strtoul(given[i], 0, 10), strtoul(given[i + 1], 0, 10));
  int threads = (int)n[6];
  if (threads > 1) test_share(heap, n[1], n[2], n[3], n[4], n[5], threads);
  else nacre_run(heap, n[1], n[2], n[4]);
  ASAN_UNPOISON_MEMORY_REGION(heap, n[0]);
  rewind(file);
  if (fwrite(heap, 1, n[0], file) != n[0]) return 4;
  fclose(file);
  free(heap);
  return 0;
}
#endif
`;

let files = 0;

/** A compiled program. */
export interface Built {
  readonly rendered: RenderedProgram;
  readonly path: string;
}

const running = new Set<Promise<unknown>>();

/** Compiles, with the source left to read where the compiler refuses it. At most two compilers run at once. */
export async function build(
  rendered: RenderedProgram,
  compiler: string,
  { level = '-O2', processor = 'native' } = {},
): Promise<Built> {
  while (running.size >= 2) await Promise.race(running);
  const path = join(folder, `p${files++}`);
  writeFileSync(`${path}.c`, rendered.source + driver);
  const kind = sanitize
    ? [
        '-O0',
        '-g',
        `-DSANITIZED=${Number(sanitize.includes('address'))}`,
        `-fsanitize=${sanitize}`,
        '-fno-sanitize-recover=all',
      ]
    : crossCompiler
      ? [level, '-static', '-DSANITIZED=0']
      : [level, '-fPIC', '-shared'];
  const output = apart ? path : `${path}.so`;
  const args = [
    '-std=gnu11',
    '-Wno-psabi',
    ...(crossCompiler ? [] : [`-march=${processor}`]),
    '-pthread',
    ...floatFlags,
    ...kind,
    '-o',
    output,
    `${path}.c`,
  ];
  const done = new Promise<void>((resolve, reject) => {
    const child = spawn(compiler, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text) => (errors += text));
    child.on('close', (code) =>
      code === 0 && !errors ? resolve() : reject(new Error(`${compiler}: ${errors.slice(0, 2000)}`)),
    );
  });
  running.add(done);
  try {
    await done;
  } finally {
    running.delete(done);
  }
  return { rendered, path: output };
}

/** What a program computes on, laid out in a heap of its own with unused bytes between the regions. */
export class TestHeap {
  #top = 4096;
  readonly regions: { at: number; bytes: number }[] = [];
  readonly #fills: { at: number; data: Uint8Array }[] = [];
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  reserve(bytes: number, data?: Uint8Array): number {
    const at = this.#top;
    this.regions.push({ at, bytes });
    if (data) this.#fills.push({ at, data });
    this.#top = Math.ceil((at + bytes + 64) / 64) * 64;
    return at;
  }

  seal(): void {
    this.bytes = new Uint8Array(this.#top);
    for (const { at, data } of this.#fills) this.bytes.set(data, at);
  }

  slice(at: number, bytes: number): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(at, at + bytes);
  }
}

export interface Job {
  readonly built: Built;
  readonly heap: TestHeap;
  /** Addresses in the heap, one for each slot. */
  readonly pointers: readonly number[];
  /** Above 1, `nacre_share` runs on so many threads. */
  readonly threads: number;
}

/** Runs a program and returns its status words. */
export function execute({ built, heap, pointers, threads }: Job): { code: number; value: number } {
  const { scratchBytes, syncBytes } = built.rendered;
  const table = new Uint32Array(pointers);
  const args = heap.reserve(table.byteLength, new Uint8Array(table.buffer));
  const scratch = heap.reserve(scratchBytes * threads);
  const status = heap.reserve(8);
  const sync = heap.reserve(syncBytes * threads);
  heap.seal();
  if (apart) {
    const image = `${built.path}.heap`;
    writeFileSync(image, heap.bytes);
    const numbers = [heap.bytes.length, args, scratch, scratchBytes, status, sync, threads];
    const regions = heap.regions.flatMap(({ at, bytes }) => [at, bytes]);
    const command = [...(emulator ? [emulator] : []), built.path];
    execFileSync(command[0], [...command.slice(1), image, ...[...numbers, ...regions].map(String)], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, TSAN_OPTIONS: 'halt_on_error=1' },
    });
    heap.bytes = new Uint8Array(readFileSync(image));
  } else {
    const library = koffi.load(built.path);
    if (threads > 1)
      library.func('void test_share(void*, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, int)')(
        heap.bytes,
        args,
        scratch,
        scratchBytes,
        status,
        sync,
        threads,
      );
    else
      library.func('void nacre_run(void*, uint32_t, uint32_t, uint32_t)')(heap.bytes, args, scratch, status);
    library.unload();
  }
  const [code, value] = new Int32Array(heap.bytes.buffer, status, 2);
  return { code, value };
}

/** Runs some tasks of one kernel, as the profiler does. */
export function executeKernel(
  built: Built,
  heap: TestHeap,
  kernel: number,
  tasks: [number, number],
  pointers: number[],
): void {
  const scratch = heap.reserve(built.rendered.scratchBytes);
  const status = heap.reserve(8);
  heap.seal();
  const library = koffi.load(built.path);
  const run = library.func('void nacre_kernel(void*, int, int, int, uint32_t, uint32_t, void*)');
  run(heap.bytes, kernel, ...tasks, scratch, status, new Uint32Array(pointers));
  library.unload();
}

/** Whether the compiler fuses products and sums on this machine. */
export const hasFusedMultiplyAdd = (compiler: string): boolean =>
  /__FMA__|__aarch64__/.test(
    execFileSync(
      compiler,
      [...(crossCompiler ? [] : ['-march=native']), '-dM', '-E', '-x', 'c', '/dev/null'],
      { encoding: 'utf8' },
    ),
  );

/** A plan rendered for its target. */
export const renderPlan = (plan: ProgramPlan, { lanes }: Target, contract = false): RenderedProgram =>
  renderProgram({ kernels: plan.kernels, stages: plan.stages, lanes, contract });

export const nodeBytes = (node: OpNode): number => byteSize(node.dtype, sizeOf(node.shape));
