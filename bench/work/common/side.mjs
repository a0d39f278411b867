/**
 * What every JavaScript side shares: its arguments, how calls are timed, how samples are reported.
 * A side is one program that does one piece of work with one library; `bench/README.md` has the protocol.
 */
import { parseArgs } from 'node:util';

/** A sample is a batch of calls that lasts at least this long, so that the clock's resolution and reading it do not count. */
const BATCH_MS = 5;

/** Slow work still gives a median. */
const MIN_SAMPLES = 3;

/**
 * @typedef {object} SideOptions
 * @property {number} seconds how long to measure
 * @property {number} warmup how many seconds of calls are made before, not measured
 * @property {number} threads CPU threads the library may use, where it can be told
 * @property {string} work which of several, where one program does several
 * @property {number} size how large: the edge of a matrix, the examples of a batch
 * @property {string | undefined} device the device Nacre uses; its own default when not given
 */

/**
 * Reads the arguments of this process.
 * @returns {SideOptions}
 */
export function sideOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '1' },
      warmup: { type: 'string', default: '1' },
      threads: { type: 'string', default: '1' },
      work: { type: 'string', default: '' },
      size: { type: 'string', default: '512' },
      device: { type: 'string' },
    },
  });
  return {
    seconds: Number(values.seconds),
    warmup: Number(values.warmup),
    threads: Number(values.threads),
    work: values.work,
    size: Number(values.size),
    device: values.device,
  };
}

/**
 * Seconds a call takes: one number per batch of calls, after a warm-up. Between batches the event loop gets a turn, as
 * in any program that also reads data: work a library finishes in the background can arrive, and finalizers can run.
 * @param {() => void | Promise<void>} call one piece of work; a promise is awaited before the next call
 * @param {{ seconds: number, warmup: number, minSamples?: number, settle?: () => void }} options `settle` waits until what the calls
 *   have begun has ended, where a call may return before
 * @returns {Promise<number[]>}
 */
export async function timeCalls(call, { seconds, warmup, minSamples = MIN_SAMPLES, settle = () => {} }) {
  const first = call();
  // A synchronous call must not pay for an `await` that its user would not write.
  const runBatch = first instanceof Promise ? batchOfPromises : batchOfCalls;
  await first;

  let callsPerBatch = 1;
  const warmUntil = performance.now() + warmup * 1000;
  do {
    const elapsed = await runBatch(call, callsPerBatch, settle);
    if (elapsed < BATCH_MS) callsPerBatch *= 2;
    await turn();
  } while (performance.now() < warmUntil);

  /** @type {number[]} */
  const samples = [];
  const measureUntil = performance.now() + seconds * 1000;
  while (samples.length < minSamples || performance.now() < measureUntil) {
    const elapsed = await runBatch(call, callsPerBatch, settle);
    samples.push(elapsed / callsPerBatch / 1000);
    await turn();
  }
  return samples;
}

/**
 * @param {() => void | Promise<void>} call
 * @param {number} count
 */
async function batchOfPromises(call, count) {
  const start = performance.now();
  for (let i = 0; i < count; i++) await call();
  return performance.now() - start;
}

/**
 * @param {() => void | Promise<void>} call
 * @param {number} count
 * @param {() => void} settle
 */
async function batchOfCalls(call, count, settle) {
  const start = performance.now();
  for (let i = 0; i < count; i++) call();
  settle();
  return performance.now() - start;
}

/** One turn of the event loop. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Prints one line of samples for the runner.
 * @param {string} metric the name the suite gives this number
 * @param {string} unit
 * @param {number[]} samples
 */
export function report(metric, unit, samples) {
  console.log(JSON.stringify({ metric, unit, samples }));
}

/** Prints how much memory the process held at most, the engine and the library included. */
export function reportMemory() {
  report('memory', 'MB', [process.resourceUsage().maxRSS / 1e3]);
}

/**
 * Prints times in µs and in ms; the suite says which of them it shows.
 * @param {string} metric
 * @param {number[]} times in seconds
 */
export function reportTimes(metric, times) {
  report(
    metric,
    'µs',
    times.map((seconds) => seconds * 1e6),
  );
  report(
    metric,
    'ms',
    times.map((seconds) => seconds * 1e3),
  );
}

/**
 * Prints how much a second is done.
 * @param {string} metric
 * @param {'GFLOP/s' | 'GB/s'} unit
 * @param {number[]} times in seconds
 * @param {number} amount operations or bytes of a call
 */
export function reportRate(metric, unit, times, amount) {
  report(
    metric,
    unit,
    times.map((seconds) => amount / seconds / 1e9),
  );
}

/**
 * Throws unless the numbers have about the values they should have.
 * @param {string} what
 * @param {ArrayLike<number>} got
 * @param {ArrayLike<number>} expected
 */
export function checkClose(what, got, expected) {
  if (got.length !== expected.length)
    throw new Error(`${what}: ${got.length} numbers, not ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs(got[i] - expected[i]) <= 1e-3 * Math.max(1, Math.abs(expected[i]))) continue;
    throw new Error(`${what}: number ${i} is ${got[i]}, not ${expected[i]}`);
  }
}

/**
 * Throws unless a network that knows nothing of its classes has about the loss of one: their number's logarithm.
 * @param {number} loss before training
 * @param {number} classes
 */
export function checkFirstLoss(loss, classes) {
  if (!(Math.abs(loss - Math.log(classes)) < 1)) {
    throw new Error(`the first loss is ${loss}, far from ln ${classes}`);
  }
}

/**
 * Throws unless training brought the loss down: a side that skips the work must not look fast.
 * @param {number} first the loss before
 * @param {number} last the loss after
 */
export function checkLearned(first, last) {
  if (!(Number.isFinite(last) && last < first)) {
    throw new Error(`the loss went from ${first} to ${last}: this side did not train`);
  }
}
