/** Measuring a benchmark: its sides in turn, round after round, and the comparisons that come out of it. */
import { runSide } from './sides.mjs';
import { summarize, timesAhead } from './stats.mjs';
import { sideKey, sidesOf } from './suite.mjs';

/**
 * @typedef {import('./suite.mjs').Benchmark} Benchmark
 * @typedef {import('./suite.mjs').Side} Side
 * @typedef {import('./stats.mjs').Summary} Summary
 *
 * @typedef {import('./sides.mjs').Failure} Failure
 *
 * @typedef {{ summaries: Map<string, Summary> } | Failure} Outcome summaries by `metric unit`, or why there are none
 *
 * @typedef {object} Row one comparison, measured
 * @property {string} name
 * @property {string} unit
 * @property {string} oursName
 * @property {string | null} theirsName
 * @property {Summary | null} ours
 * @property {Summary | null} theirs
 * @property {number | null} ratio times we are ahead
 * @property {string} note
 */

/**
 * Runs the sides of a benchmark A, B, C, A, B, C, …: a slow drift of the machine then meets all of them alike. A side
 * that fails once is not run again.
 * @param {Benchmark} benchmark
 * @param {{ rounds: number, skip: (side: Side) => string | null, run?: typeof runSide } & import('./sides.mjs').RunOptions} options
 * @returns {Promise<Map<string, Outcome>>} by `sideKey`
 */
export async function measure(benchmark, { rounds, skip, run = runSide, ...runOptions }) {
  /** @type {Map<string, Map<string, number[][]>>} */
  const processes = new Map();
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map();
  const sides = sidesOf(benchmark);
  for (const [key, side] of sides) {
    const reason = skip(side);
    if (reason === null) processes.set(key, new Map());
    else outcomes.set(key, { reason });
  }

  for (let round = 0; round < rounds; round++) {
    for (const [key, byMetric] of processes) {
      if (outcomes.has(key)) continue;
      const result = await run(/** @type {Side} */ (sides.get(key)), runOptions);
      if (!result.ok) {
        outcomes.set(key, { reason: result.reason, detail: result.detail });
        continue;
      }
      for (const [metric, samples] of result.samples) {
        byMetric.set(metric, [...(byMetric.get(metric) ?? []), samples]);
      }
    }
  }

  for (const [key, byMetric] of processes) {
    if (outcomes.has(key)) continue;
    const summaries = new Map([...byMetric].map(([metric, samples]) => [metric, summarize(samples)]));
    outcomes.set(key, { summaries });
  }
  return outcomes;
}

/**
 * The rows of a benchmark's table.
 * @param {Benchmark} benchmark
 * @param {ReadonlyMap<string, Outcome>} outcomes
 * @returns {Row[]}
 */
export function compare(benchmark, outcomes) {
  const metrics = new Map(benchmark.metrics.map((metric) => [metric.key, metric]));
  return benchmark.comparisons.map(({ name, metric: key, ours, theirs }) => {
    const metric = metrics.get(key);
    if (metric === undefined) throw new Error(`${name}: the benchmark has no metric "${key}"`);
    const printed = `${key} ${metric.unit}`;
    const oursFound = find(outcomes, ours, printed);
    const theirsFound = theirs === null ? { summary: null, notes: [] } : find(outcomes, theirs, printed);
    const ratio =
      oursFound.summary === null || theirsFound.summary === null
        ? null
        : timesAhead(oursFound.summary.median, theirsFound.summary.median, metric.better);
    return {
      name,
      unit: metric.unit,
      oursName: ours.label,
      theirsName: theirs === null ? null : theirs.label,
      ours: oursFound.summary,
      theirs: theirsFound.summary,
      ratio,
      note: [...oursFound.notes, ...theirsFound.notes].join('; '),
    };
  });
}

/**
 * @param {ReadonlyMap<string, Outcome>} outcomes
 * @param {Side} side
 * @param {string} metric
 * @returns {{ summary: Summary | null, notes: string[] }}
 */
function find(outcomes, side, metric) {
  const notes = side.note === undefined ? [] : [`${side.label}: ${side.note}`];
  const outcome = outcomes.get(sideKey(side));
  if (outcome === undefined) throw new Error(`${side.file} was not run`);
  if ('reason' in outcome) return { summary: null, notes: [...notes, `${side.label} ${outcome.reason}`] };
  const summary = outcome.summaries.get(metric) ?? null;
  return { summary, notes: summary === null ? [...notes, `${side.label} printed no "${metric}"`] : notes };
}

/**
 * The line of a comparison for programs.
 * @param {Row} row
 * @returns {string} `{"name","nacre","peer","peerName","ratio","unit"}`; what is missing is null
 */
export function toJson({ name, ours, theirs, theirsName, ratio, unit }) {
  const nacre = ours?.median ?? null;
  const peer = theirs?.median ?? null;
  return JSON.stringify({ name, nacre, peer, peerName: theirsName, ratio, unit });
}
