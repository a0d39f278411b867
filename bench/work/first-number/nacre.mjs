/** Cold start: nothing of the library is loaded before the clock starts. */
const start = performance.now();
const { makeTrainStep, prepare } = await import('../common/nacre.mjs');
const { sideOptions } = await import('../common/side.mjs');
await prepare(sideOptions());
const step = await makeTrainStep(32);
const loss = await step();
const elapsed = performance.now() - start;

const { report } = await import('../common/side.mjs');
if (!Number.isFinite(loss)) throw new Error(`the first loss is ${loss}`);
report('import', 'ms', [elapsed]);
