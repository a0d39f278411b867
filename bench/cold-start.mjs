/**
 * How long `npm start` takes from the start of its process to its end (without npm and the build before it), in turns: in WebAssembly alone
 * and with native code, both with an empty cache, and again with the cache which the latter left. `node bench/cold-start.mjs --rounds 9`, after `npm run build`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from './lib/stats.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is a whole number from 1 on, got ${values.rounds}`);

const main = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));
/** Milliseconds in which what a process left to be compiled is compiled for certain, before the next one is timed. */
const settled = 8000;

/** Seconds of one process. */
async function secondsOf(tier, cache) {
  const start = performance.now();
  const env = { ...process.env, NACRE_TIER: tier, NACRE_CACHE: '', XDG_CACHE_HOME: cache };
  const child = spawn(process.execPath, [main, 'start'], { env, stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${main} start ended with ${code}`);
  await pause(settled);
  return seconds;
}

const times = { 'WebAssembly alone': [], 'native, empty cache': [], 'native, second process': [] };
for (let round = 0; round < rounds; round++) {
  // Each its own: the images are kept there too.
  const caches = ['wasm', 'native'].map((name) => mkdtempSync(join(tmpdir(), `nacre-cold-start-${name}-`)));
  times['WebAssembly alone'].push(await secondsOf('wasm', caches[0]));
  times['native, empty cache'].push(await secondsOf('auto', caches[1]));
  times['native, second process'].push(await secondsOf('auto', caches[1]));
  for (const cache of caches) rmSync(cache, { recursive: true, force: true });
}
for (const [name, seconds] of Object.entries(times)) {
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  console.log(
    `${name}: ${median(seconds).toFixed(2)} s (${least.toFixed(2)} to ${most.toFixed(2)}, ${rounds} processes)`,
  );
}
