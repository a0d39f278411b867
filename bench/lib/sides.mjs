/** Running a side: one child process, and what it printed. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WORK = new URL('../work/', import.meta.url);

/** A side that needs this much longer than it was told to measure is stopped and called slow. */
const GRACE_S = 60;

/**
 * @typedef {object} RunOptions
 * @property {number} seconds
 * @property {number} warmup
 * @property {string} [device] for those of our own sides that name none
 *
 * @typedef {object} Failure
 * @property {string} reason in two or three words, for the table
 * @property {string} [detail] what the process said
 *
 * @typedef {{ ok: true, samples: Map<string, number[]> } | ({ ok: false } & Failure)} SideResult
 */

/** The environment in which Nacre compiles what is to run natively before it runs, rather than while WebAssembly computes. */
export const NATIVE_ENV = { NACRE_TIER: 'native' };

/**
 * The interpreter that has a peer: JAX and PyTorch may be in environments of their own.
 * @param {import('./plan.mjs').NeedId | undefined} peer
 */
export const pythonOf = (peer) =>
  (peer === 'jax' ? process.env.JAX_PYTHON : process.env.TORCH_PYTHON) ?? 'python3';

/**
 * The command of a side, and what its environment has besides ours.
 * @param {import('./plan.mjs').Side} side
 * @param {RunOptions} options
 * @returns {{ command: string, args: string[], env: Record<string, string> }}
 */
export function commandOf(side, { seconds, warmup, device }) {
  const file = fileURLToPath(new URL(side.file, WORK));
  const args = [
    file,
    '--seconds',
    String(seconds),
    '--warmup',
    String(warmup),
    '--threads',
    String(side.threads),
  ];
  args.push(...(side.args ?? []));
  const ours = side.peer === undefined ? (side.device ?? device ?? 'wasm') : null;
  if (ours !== null) args.push('--device', ours);
  return {
    command: side.file.endsWith('.py') ? pythonOf(side.peer) : process.execPath,
    args,
    env: { OMP_NUM_THREADS: String(side.threads), ...(ours === 'native' ? NATIVE_ENV : {}) },
  };
}

/**
 * Runs one side once. Never rejects: a crash is a result.
 * @param {import('./plan.mjs').Side} side
 * @param {RunOptions} options
 * @returns {Promise<SideResult>} samples by `metric unit`; `process ms` is the time from start to exit
 */
export async function runSide(side, options) {
  const { command, args, env } = commandOf(side, options);
  const start = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const limit = options.seconds + options.warmup + GRACE_S;
  let isSlow = false;
  const timer = setTimeout(() => {
    isSlow = true;
    child.kill('SIGKILL');
  }, limit * 1000);
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);

  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  let elapsed = 0;
  child.once('exit', () => {
    elapsed = performance.now() - start;
  });
  const end = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(timer);
  process.off('exit', stop);

  if (isSlow) return { ok: false, reason: `no result in ${limit} s` };
  if (end !== 0) return { ok: false, reason: `crashed (${end})`, detail: crashLine(errors) };
  const samples = parseSamples(output);
  if (samples.size === 0) return { ok: false, reason: 'printed no samples' };
  samples.set('process ms', [elapsed]);
  return { ok: true, samples };
}

/**
 * The samples in the output of a side; lines of any other kind are passed over, since libraries greet.
 * @param {string} output
 * @returns {Map<string, number[]>} by `metric unit`
 */
export function parseSamples(output) {
  /** @type {Map<string, number[]>} */
  const samples = new Map();
  for (const line of output.split('\n')) {
    if (!line.startsWith('{"metric"')) continue;
    const { metric, unit, samples: values } = JSON.parse(line);
    const key = `${metric} ${unit}`;
    samples.set(key, [...(samples.get(key) ?? []), ...values]);
  }
  return samples;
}

/**
 * The line of an error output that says what went wrong: the error of a stack trace, else the last line.
 * @param {string} errors
 * @returns {string}
 */
export function crashLine(errors) {
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  const error = lines.findLast((line) => /^(Uncaught )?[\w.]*(Error|Exception)\b.*:/.test(line));
  return (error ?? lines.at(-1) ?? 'no error output').trim();
}
