import { compile, conv2d, grad, realize, tensor } from 'nacre';
import { prepare, timeRuns } from '../common/nacre.mjs';
import { reportRate, sideOptions } from '../common/side.mjs';
import { checkPixels, EDGE, flopsOf, MAIN, makeConvolution, nameOf, SCALING } from './conv.mjs';

const options = sideOptions();
await prepare(options);

async function measure(sizes, prefix, timing) {
  const { batch, channels } = sizes;
  const numbers = makeConvolution(sizes);
  const shape = [batch, channels, EDGE, EDGE];
  const x = tensor(numbers.x, { shape });
  const w = tensor(numbers.w, { shape: [channels, channels, 3, 3] });
  // The gradient that arrives has the size of the images: their own numbers do.
  const arriving = tensor(numbers.x, { shape });
  await realize(x, w, arriving);

  const convolve = (x, w) => conv2d(x, w, null, { padding: 1 });
  const total = (x, w, arriving) => convolve(x, w).mul(arriving).sum();
  const programs = {
    forward: compile((x, w) => convolve(x, w)),
    weight: compile((x, w, arriving) => grad(total, 1)(x, w, arriving)),
    input: compile((x, w, arriving) => grad(total, 0)(x, w, arriving)),
  };
  const image = await programs.forward(x, w).data();
  checkPixels(numbers, channels, ([c, row, column]) => image[(c * EDGE + row) * EDGE + column]);
  for (const [name, program] of Object.entries(programs)) {
    const times = await timeRuns(() => {
      program(x, w, arriving).dispose();
    }, timing);
    reportRate(`${prefix}${name}`, 'GFLOP/s', times, flopsOf(sizes));
  }
  for (const t of [x, w, arriving]) t.dispose();
}

if (options.work === 'scaling') {
  // Each point is measured for a quarter of the time: there are many.
  const timing = { seconds: options.seconds / 4, warmup: options.warmup / 4 };
  for (const sizes of SCALING) await measure(sizes, `${nameOf(sizes)} `, timing);
} else {
  await measure(MAIN, '', options);
}
