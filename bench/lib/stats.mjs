/** The statistics of the benchmarks. */

/**
 * @typedef {object} Summary
 * @property {number} median the median of the per-process medians
 * @property {number} min the smallest of them
 * @property {number} max the largest of them
 * @property {number} processes how many processes there were
 */

/**
 * The middle value, or the mean of the two middle ones.
 * @param {readonly number[]} values at least one
 * @returns {number}
 */
export function median(values) {
  if (values.length === 0) throw new RangeError('median: no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Summarizes several processes of one side. Samples of one process share its luck (memory layout, what else the
 * machine was doing), so a process counts once, with its median.
 * @param {readonly (readonly number[])[]} processes the samples of each process
 * @returns {Summary}
 */
export function summarize(processes) {
  const medians = processes.map(median);
  return {
    median: median(medians),
    min: Math.min(...medians),
    max: Math.max(...medians),
    processes: medians.length,
  };
}

/**
 * How many times ahead we are: above 1 we are faster, whichever direction the unit has.
 * @param {number} ours
 * @param {number} theirs
 * @param {'lower' | 'higher'} better which values are the better ones
 * @returns {number}
 */
export function timesAhead(ours, theirs, better) {
  return better === 'lower' ? theirs / ours : ours / theirs;
}
