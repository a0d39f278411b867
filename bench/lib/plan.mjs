/** What a benchmark consists of, and which of them a name selects. */

/**
 * @typedef {'tfjs' | 'jaxjs' | 'torch' | 'jax' | 'ortNode' | 'ortWeb' | 'native'} NeedId what a side needs to run
 *
 * @typedef {object} Side
 * @property {string} label how the table names it
 * @property {string} file below `bench/work/`
 * @property {NeedId} [peer] the library it needs; none for our own
 * @property {number} threads
 * @property {readonly string[]} [args] further arguments
 * @property {'native'} [device] of our own: the device, where it is not the one that `--device` chooses
 * @property {string} [note] where it does other work than ours
 *
 * @typedef {object} Metric
 * @property {string} key the name in the lines a side prints; `process` is measured by the runner, from start to exit
 * @property {string} unit
 * @property {'lower' | 'higher'} better
 *
 * @typedef {Side | readonly Side[]} Candidates several sides stand for the best of them
 *
 * @typedef {object} Comparison
 * @property {string} name
 * @property {string} metric the key of a metric
 * @property {Candidates} ours
 * @property {Candidates | null} theirs
 *
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {string} about
 * @property {readonly Metric[]} metrics
 * @property {readonly Comparison[]} comparisons
 */

/**
 * What must be there for a side to run.
 * @param {Side} side
 * @returns {NeedId | undefined}
 */
export const needOf = (side) => side.peer ?? side.device;

/**
 * The benchmarks and comparisons that a name selects: all of a benchmark, those whose name starts with it (`gemm`), or
 * one comparison (`gemm-512-2t`).
 * @param {readonly Benchmark[]} suite
 * @param {readonly string[]} names none selects everything
 * @returns {Benchmark[]}
 */
export function select(suite, names) {
  if (names.length === 0) return [...suite];
  return suite.flatMap((benchmark) => {
    const whole = names.some((name) => benchmark.name === name || benchmark.name.startsWith(`${name}-`));
    if (whole) return [benchmark];
    const comparisons = benchmark.comparisons.filter((comparison) => names.includes(comparison.name));
    return comparisons.length > 0 ? [{ ...benchmark, comparisons }] : [];
  });
}

/**
 * The benchmarks without the comparisons of our sides on a device of their own: for a machine that lacks it, and where
 * `--device` names the one device that is wanted.
 * @param {readonly Benchmark[]} benchmarks
 * @returns {Benchmark[]}
 */
export function withoutDevice(benchmarks) {
  return benchmarks.flatMap((benchmark) => {
    const comparisons = benchmark.comparisons.filter(({ ours }) =>
      sidesIn(ours).every((side) => side.device === undefined),
    );
    return comparisons.length > 0 ? [{ ...benchmark, comparisons }] : [];
  });
}

/**
 * @param {Candidates | null} candidates
 * @returns {readonly Side[]}
 */
export function sidesIn(candidates) {
  if (candidates === null) return [];
  return 'file' in candidates ? [candidates] : candidates;
}

/**
 * The sides of a benchmark, each once, in the order of the comparisons.
 * @param {Benchmark} benchmark
 * @returns {Map<string, Side>} by `sideKey`
 */
export function sidesOf(benchmark) {
  const sides = benchmark.comparisons.flatMap(({ ours, theirs }) => [...sidesIn(ours), ...sidesIn(theirs)]);
  return new Map(sides.map((side) => [sideKey(side), side]));
}

/**
 * What tells the sides of one benchmark apart.
 * @param {Side} side
 */
export function sideKey(side) {
  return [side.file, side.threads, side.device ?? '', ...(side.args ?? [])].join(' ');
}
