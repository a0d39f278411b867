/** Attention over one head of 64, forward, and forward and backward; and the memory its program takes. */
import { compile, explain, grad, realize, scaledDotProductAttention, tensor } from 'nacre';
import { randomNumbers } from '../common/images.mjs';
import { prepare, timeRuns } from '../common/nacre.mjs';
import { checkClose, report, reportRate, sideOptions } from '../common/side.mjs';

const WIDTH = 64;
const options = sideOptions();
await prepare(options);
const positions = options.size;

/** The first row of the output by plain loops. */
function firstRow(q, k, v) {
  const scores = Array.from({ length: positions }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < WIDTH; i++) sum += q[i] * k[j * WIDTH + i];
    return Math.exp(sum / Math.sqrt(WIDTH));
  });
  const total = scores.reduce((a, b) => a + b);
  return Array.from({ length: WIDTH }, (_, i) =>
    scores.reduce((sum, score, j) => sum + (score / total) * v[j * WIDTH + i], 0),
  );
}

const next = randomNumbers();
const numbers = [0, 1, 2].map(() => Float32Array.from({ length: positions * WIDTH }, () => next() - 0.5));
const [q, k, v] = numbers.map((values) => tensor(values, { shape: [1, positions, WIDTH] }));
await realize(q, k, v);

const forward = compile((q, k, v) => scaledDotProductAttention(q, k, v));
const gradients = grad((q, k, v) => scaledDotProductAttention(q, k, v).mul(v).sum(), [0, 1, 2]);
const backward = compile((q, k, v) => gradients(q, k, v));
const output = await forward(q, k, v).data();
checkClose('attention', output.subarray(0, WIDTH), firstRow(...numbers));

// Two products forward and four backward; what a program computes again is its own affair and not counted.
const product = 2 * positions * positions * WIDTH;
const forwardTimes = await timeRuns(() => {
  forward(q, k, v).dispose();
}, options);
reportRate('forward', 'GFLOP/s', forwardTimes, 2 * product);
const backwardTimes = await timeRuns(() => {
  for (const gradient of backward(q, k, v)) gradient.dispose();
}, options);
reportRate('both', 'GFLOP/s', backwardTimes, 6 * product);

for (const [metric, program] of Object.entries({ 'memory forward': forward, 'memory both': backward })) {
  const [, bytes] = /arena\s+([\d,]+) bytes/.exec(explain(program, q, k, v)) ?? [];
  if (bytes === undefined) throw new Error('explain() names no arena');
  report(metric, 'MB', [Number(bytes.replaceAll(',', '')) / 1e6]);
}
