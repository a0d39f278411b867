import { dtypes } from '../../base/dtype.ts';
import type { Kernel } from '../../ir/expr.ts';
import { scratchBytes } from '../wasm/kernel.ts';
import { type Address, chunkSize, type Launch, type ModuleStage } from '../wasm/program.ts';
import { renderKernel } from './kernel.ts';
import { prelude } from './prelude.ts';

export interface ProgramInput {
  readonly kernels: readonly Kernel[];
  /** In order. */
  readonly stages: readonly ModuleStage[];
  /** Lanes that the kernels' vectors were made with; 1 for none. */
  readonly lanes: number;
  /**
   * Whether a product added to a running sum may be rounded once (fused multiply-add, where the processor has it). Nothing else is
   * ever fused; without it every number is the one WebAssembly computes with as many lanes.
   */
  readonly contract: boolean;
}

export interface RenderedProgram {
  /** One translation unit for gcc and clang. */
  readonly source: string;
  /** Bytes of scratch that one thread needs. */
  readonly scratchBytes: number;
  /** Bytes, for each thread, of the counters by which threads share the work; zeroed before a run. */
  readonly syncBytes: number;
}

/**
 * What the compiler has to be told about floats: no fusing beyond what the source asks for, `sqrt` an instruction that sets no errno, and
 * floating-point exceptions that nobody looks at.
 */
export const floatFlags: readonly string[] = ['-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math'];

const lineBytes = 64;

/**
 * Renders a program that exports
 * - `nacre_run`: all launches on the calling thread;
 * - `nacre_share`: the same, by any of `threads` threads, handing out pieces as `render/wasm/program.ts` does;
 * - `nacre_kernel`: one kernel alone, for the profiler.
 */
export function renderProgram({ kernels, stages, lanes, contract }: ProgramInput): RenderedProgram {
  const { functions, names } = renderFunctions(kernels);
  const run = new StageWriter(kernels, names, false);
  run.stages(stages, []);
  const share = new StageWriter(kernels, names, true);
  share.stages(stages, []);
  const cases = kernels.map(({ params }, k) => {
    const pointers = params.map((_, i) => `, base + pointers[${i}]`).join('');
    return `    case ${k}: ${names[k]}(begin, end, base + scratch, (mem_int32 *)(base + status)${pointers}); break;\n`;
  });
  const source = `${prelude(lanes, contract)}${sharing}
${functions.join('\n')}
#define AT(slot) (base + slots[slot])
#define EXPORT __attribute__((visibility("default")))

EXPORT void nacre_run(char *base, u32 args, u32 scratch, u32 status) {
  const mem_uint32 *slots = (const mem_uint32 *)(base + args);
${run.text}}

EXPORT void nacre_share(char *base, u32 args, u32 scratch, u32 status, u32 sync, int me, int threads) {
  const mem_uint32 *slots = (const mem_uint32 *)(base + args);
  struct team team = {base + sync, me, threads};
  i32 done;
${share.text}}

EXPORT void nacre_kernel(char *base, int k, int begin, int end, u32 scratch, u32 status, const u32 *pointers) {
  switch (k) {
${cases.join('')}  }
}
`;
  const scratch = kernels.map((kernel) =>
    kernel.scratch.reduce((sum, { length, dtype }) => sum + scratchBytes(length * dtypes[dtype].bytes), 0),
  );
  return { source, scratchBytes: Math.max(0, ...scratch), syncBytes: Math.max(1, share.lines) * lineBytes };
}

/** The C functions of all kernels, equal ones once, and the name of each kernel's function. */
function renderFunctions(kernels: readonly Kernel[]): { functions: string[]; names: string[] } {
  const known = new Map<string, string>();
  const functions: string[] = [];
  const names = kernels.map((kernel) => {
    const text = renderKernel(kernel);
    const present = known.get(text);
    if (present) return present;
    const name = `k${known.size}`;
    known.set(text, name);
    const title = kernel.name.replace(/[^\w+ -]/g, '_');
    functions.push(`/* ${title} */\nstatic __attribute__((noinline)) void ${name}${text}`);
    return name;
  });
  return { functions, names };
}

/** How threads share a stage; each launch and each barrier has a line of counters for every thread. */
const sharing = `
struct team { char *sync; int me, threads; };
int sched_yield(void);
#if defined __x86_64__ || defined __i386__
#define PAUSE() __builtin_ia32_pause()
#elif defined __aarch64__
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() (void)0
#endif

static inline u32 *counter(const struct team *team, i64 word, int region) {
  return (u32 *)(team->sync + (word * team->threads + region) * ${lineBytes});
}

/* The next of 'count' pieces that nobody has begun: of this thread's own part, then of the following ones. -1: none is left. */
static __attribute__((noinline, unused)) i32 take(const struct team *team, i64 word, i32 count, i32 *turn) {
  i32 threads = team->threads;
  for (; *turn < threads; ++*turn) {
    i32 region = team->me + *turn;
    if (region >= threads) region -= threads;
    i32 piece = region * count / threads;
    i32 end = (region + 1) * count / threads;
    u32 *next = counter(team, word, region);
    if (__atomic_load_n(next, __ATOMIC_RELAXED) >= (u32)(end - piece)) continue;
    piece += (i32)__atomic_fetch_add(next, 1, __ATOMIC_ACQ_REL);
    if (piece < end) return piece;
  }
  return -1;
}

/* Reports the pieces this thread has done, and waits until all are. Spins about 20 us before it lets others run. */
static __attribute__((noinline, unused)) void finish(const struct team *team, i64 word, i32 done, i32 pieces) {
  u32 *finished = counter(team, word, 0);
  if (done) __atomic_fetch_add(finished, (u32)done, __ATOMIC_ACQ_REL);
  for (i32 spins = 0; __atomic_load_n(finished, __ATOMIC_ACQUIRE) < (u32)pieces; spins++) {
    if (spins < 1000) PAUSE();
    else sched_yield();
  }
}
`;

/** A loop around a stage: its counter, and the counter lines that one turn of it uses. */
interface Enclosing {
  readonly counter: string;
  readonly lines: number;
}

/** Writes the stages for one thread, or for one of several. */
class StageWriter {
  text = '';
  /** Lines of counters so far, for one thread. */
  lines = 0;

  constructor(
    private readonly kernels: readonly Kernel[],
    private readonly names: readonly string[],
    private readonly shared: boolean,
  ) {}

  stages(stages: readonly ModuleStage[], around: readonly Enclosing[]): void {
    for (const stage of stages) {
      if (stage.kind === 'launches') {
        this.#launches(stage.launches, around);
        continue;
      }
      const counter = `t${around.length}`;
      const first = this.lines;
      const lines = linesOf(stage.stages);
      this.#write(`for (i32 ${counter} = 0; ${counter} < ${stage.count}; ${counter}++) {`, around);
      this.stages(stage.stages, [...around, { counter, lines }]);
      this.#write('}', around);
      this.lines = first + lines * stage.count;
    }
  }

  #write(text: string, around: readonly Enclosing[]): void {
    this.text += `${'  '.repeat(around.length + 1)}${text}\n`;
  }

  /** The next counter line, in the present turn of the loops around it. */
  #nextLine(around: readonly Enclosing[]): string {
    const turns = around.map(({ counter, lines }) => ` + (i64)${counter} * ${lines}`);
    return `${this.lines++}${turns.join('')}`;
  }

  #launches(launches: readonly Launch[], around: readonly Enclosing[]): void {
    if (!this.shared) {
      for (const launch of launches)
        this.#write(this.#call(launch, '0', `${this.kernels[launch.kernel].task.extent}`, around), around);
      return;
    }
    let pieces = 0;
    this.#write('done = 0;', around);
    for (const launch of launches) {
      const { extent } = this.kernels[launch.kernel].task;
      const chunk = chunkSize(extent);
      const count = piecesOf(extent);
      pieces += count;
      const end = `n + 1 < ${count} ? (n + 1) * ${chunk} : ${extent}`;
      this.#write(
        `for (i32 n, turn = 0; (n = take(&team, ${this.#nextLine(around)}, ${count}, &turn)) >= 0; done++)`,
        around,
      );
      this.#write(`  ${this.#call(launch, `n * ${chunk}`, end, around)}`, around);
    }
    this.#write(`finish(&team, ${this.#nextLine(around)}, done, ${pieces});`, around);
  }

  #call({ kernel, pointers }: Launch, begin: string, end: string, around: readonly Enclosing[]): string {
    const addresses = pointers.map((pointer) => `, ${printAddress(pointer, around)}`).join('');
    return `${this.names[kernel]}(${begin}, ${end}, base + scratch, (mem_int32 *)(base + status)${addresses});`;
  }
}

function printAddress({ slot, offset, strides }: Address, around: readonly Enclosing[]): string {
  const walked = strides.map((stride, depth) =>
    stride ? ` + (i64)${around[depth].counter} * ${stride}` : '',
  );
  return `AT(${slot})${offset ? ` + ${offset}` : ''}${walked.join('')}`;
}

const piecesOf = (extent: number): number => Math.max(1, Math.ceil(extent / chunkSize(extent)));

/** Counter lines that some stages use, all turns of their loops together. */
const linesOf = (stages: readonly ModuleStage[]): number =>
  stages.reduce(
    (sum, stage) =>
      sum + (stage.kind === 'launches' ? stage.launches.length + 1 : stage.count * linesOf(stage.stages)),
    0,
  );
