/** Compares Nacre with its peers: `npm run bench -- --help`. */
import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { compare, measure, toJson } from './lib/measure.mjs';
import { findPeers } from './lib/peers.mjs';
import { needOf, select, sidesOf, withoutDevice } from './lib/plan.mjs';
import { SUITE } from './lib/suite.mjs';
import { formatNumber, formatSpread, renderTable } from './lib/table.mjs';

const HELP = `Compares Nacre with its peers, each run in processes of its own.

npm run bench -- [options]

  --only NAME    only this benchmark or comparison, or a family such as gemm; may be repeated
  --rounds N     processes of each side (default 5)
  --seconds S    how long a process measures (default 1)
  --warmup S     how long it runs before, not measured (default 1)
  --quick        2 rounds of 0.3 s after 0.3 s: rough numbers
  --device NAME  the device of our sides (wasm, native); default: wasm, and native beside it where it runs
  --json         one JSON line for each comparison
  --help         this text

Benchmarks:
${SUITE.map(({ name, about }) => `  ${name.padEnd(22)} ${about}`).join('\n')}

The peers are installed by \`npm run bench:install\`; those that are missing are left out.
Exit status: 0, also when a peer is missing, slow or crashes; 1 when a side of Nacre fails; 2 for wrong arguments.`;

const QUICK = { rounds: 2, seconds: 0.3, warmup: 0.3 };
const FULL = { rounds: 5, seconds: 1, warmup: 1 };

/**
 * @param {string | undefined} text
 * @param {string} option
 * @param {number} fallback
 */
function positive(text, option, fallback) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new Error(`--${option} needs a number above 0, got "${text}"`);
  return value;
}

/** @param {readonly string[]} args */
function parseOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      warmup: { type: 'string' },
      quick: { type: 'boolean', default: false },
      device: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const defaults = values.quick ? QUICK : FULL;
  for (const name of values.only) {
    if (select(SUITE, [name]).length > 0) continue;
    throw new Error(`--only ${name}: no such benchmark; there are ${SUITE.map((b) => b.name).join(', ')}`);
  }
  const rounds = positive(values.rounds, 'rounds', defaults.rounds);
  if (!Number.isInteger(rounds)) throw new Error(`--rounds needs a whole number, got "${values.rounds}"`);
  return {
    benchmarks: select(SUITE, values.only),
    rounds,
    seconds: positive(values.seconds, 'seconds', defaults.seconds),
    warmup: positive(values.warmup, 'warmup', defaults.warmup),
    device: values.device,
    json: values.json,
    help: values.help,
  };
}

/** @param {readonly import('./lib/measure.mjs').Row[]} rows */
function toTable(rows) {
  const columns = /** @type {const} */ ([
    { title: 'comparison' },
    { title: 'unit' },
    { title: 'ours' },
    { title: 'median', align: 'right' },
    { title: 'min..max', align: 'right' },
    { title: 'peer' },
    { title: 'median', align: 'right' },
    { title: 'min..max', align: 'right' },
    { title: 'ahead', align: 'right' },
    { title: 'note' },
  ]);
  const cells = (/** @type {import('./lib/stats.mjs').Summary | null} */ summary) =>
    summary === null ? ['–', '–'] : [formatNumber(summary.median), formatSpread(summary)];
  return renderTable(
    columns,
    rows.map((row) => [
      row.name,
      row.unit,
      row.oursName,
      ...cells(row.ours),
      row.theirsName ?? '–',
      ...cells(row.theirs),
      row.ratio === null ? '–' : `${formatNumber(row.ratio)}×`,
      row.note,
    ]),
  );
}

/**
 * @param {ReturnType<typeof parseOptions>} options
 * @returns {Promise<number>} the exit status
 */
async function main(options) {
  const { benchmarks: chosen, json, ...measureOptions } = options;
  // The table and the JSON lines go to standard output; everything said on the way goes to standard error.
  const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
  const processors = availableParallelism();
  say(`${cpus()[0]?.model ?? 'unknown processor'}, ${processors} threads; Node ${process.versions.node}`);

  const ofOneDevice = options.device === undefined ? chosen : withoutDevice(chosen);
  const needs = ofOneDevice.flatMap((benchmark) => [...sidesOf(benchmark).values()].map(needOf));
  const peers = await findPeers(new Set(needs.filter((need) => need !== undefined)));
  for (const [id, state] of peers) {
    say('missing' in state ? `${id}: skipped, ${state.missing}` : `${id}: ${state.version}`);
  }
  const isMissing = (/** @type {import('./lib/plan.mjs').NeedId | undefined} */ need) => {
    const state = need === undefined ? undefined : peers.get(need);
    return state !== undefined && 'missing' in state;
  };
  const benchmarks = isMissing('native') ? withoutDevice(ofOneDevice) : ofOneDevice;
  if (!existsSync(new URL('../packages/nacre/dist/index.js', import.meta.url))) {
    say('nacre is not built: its sides will fail; run `npm run build`');
  }

  const skip = (/** @type {import('./lib/plan.mjs').Side} */ side) => {
    if (side.threads > processors) return `skipped: this machine runs ${processors} threads`;
    return isMissing(needOf(side)) ? 'skipped' : null;
  };

  const rows = [];
  let ourFailures = 0;
  for (const benchmark of benchmarks) {
    const running = [...sidesOf(benchmark).values()].filter((side) => skip(side) === null);
    say(`${benchmark.name}: ${running.length} sides × ${options.rounds} rounds`);
    const outcomes = await measure(benchmark, { ...measureOptions, skip });
    for (const [key, side] of sidesOf(benchmark)) {
      const outcome = outcomes.get(key);
      if (outcome === undefined || !('reason' in outcome) || skip(side) !== null) continue;
      say(`  ${side.label} ${outcome.reason}${outcome.detail === undefined ? '' : `: ${outcome.detail}`}`);
      if (side.peer === undefined) ourFailures++;
    }
    const measured = compare(benchmark, outcomes);
    if (json) for (const row of measured) console.log(toJson(row));
    rows.push(...measured);
  }

  if (!json) {
    console.log(toTable(rows));
    console.log('\nahead: how many times Nacre is faster (above 1) or slower (below 1), from the medians.');
  }
  return ourFailures === 0 ? 0 : 1;
}

let options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${/** @type {Error} */ (error).message}`);
  process.exit(2);
}
// An interrupt must end the running side too: the handler of `exit` in lib/sides.mjs does that.
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
if (options.help) console.log(HELP);
else process.exitCode = await main(options);
