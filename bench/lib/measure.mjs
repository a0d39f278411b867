/** Measuring a benchmark: its sides in turn, round after round, and the comparisons that come out of it. */
import { sideKey, sidesIn, sidesOf } from './plan.mjs';
import { runSide } from './sides.mjs';
import { summarize, timesAhead } from './stats.mjs';

/**
 * @typedef {import('./plan.mjs').Benchmark} Benchmark
 * @typedef {import('./plan.mjs').Side} Side
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
    const oursFound = findBest(outcomes, ours, printed, metric.better);
    const theirsFound = theirs === null ? null : findBest(outcomes, theirs, printed, metric.better);
    const oursSummary = oursFound.summary;
    const theirsSummary = theirsFound?.summary ?? null;
    return {
      name,
      unit: metric.unit,
      oursName: oursFound.label,
      theirsName: theirsFound?.label ?? null,
      ours: oursSummary,
      theirs: theirsSummary,
      ratio:
        oursSummary === null || theirsSummary === null
          ? null
          : timesAhead(oursSummary.median, theirsSummary.median, metric.better),
      note: [...oursFound.notes, ...(theirsFound?.notes ?? [])].join('; '),
    };
  });
}

/**
 * @typedef {{ label: string, summary: Summary | null, notes: string[] }} Found
 */

/**
 * The best of some sides by this metric; where none has it, the first and why.
 * @param {ReadonlyMap<string, Outcome>} outcomes
 * @param {import('./plan.mjs').Candidates} candidates
 * @param {string} printed
 * @param {'lower' | 'higher'} better
 * @returns {Found}
 */
function findBest(outcomes, candidates, printed, better) {
  const found = sidesIn(candidates).map((side) => find(outcomes, side, printed));
  return found.reduce((best, next) => {
    if (next.summary === null) return best;
    if (best.summary === null) return next;
    return timesAhead(next.summary.median, best.summary.median, better) > 1 ? next : best;
  });
}

/**
 * @param {ReadonlyMap<string, Outcome>} outcomes
 * @param {Side} side
 * @param {string} metric
 * @returns {Found}
 */
function find(outcomes, side, metric) {
  const { label } = side;
  const notes = side.note === undefined ? [] : [`${label}: ${side.note}`];
  const outcome = outcomes.get(sideKey(side));
  if (outcome === undefined) throw new Error(`${side.file} was not run`);
  if ('reason' in outcome) return { label, summary: null, notes: [...notes, `${label} ${outcome.reason}`] };
  const summary = outcome.summaries.get(metric) ?? null;
  return { label, summary, notes: summary === null ? [...notes, `${label} printed no "${metric}"`] : notes };
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
