/** Cold start: nothing of the library is loaded before the clock starts. */
const start = performance.now();
const { makeTrainStep } = await import('../common/jaxjs.mjs');
const step = makeTrainStep(32);
const loss = await step();
const elapsed = performance.now() - start;

const { report } = await import('../common/side.mjs');
if (!Number.isFinite(loss)) throw new Error(`the first loss is ${loss}`);
report('import', 'ms', [elapsed]);
