import { compile, layerNorm, realize, tensor } from 'nacre';
import { prepare, timeRuns } from '../common/nacre.mjs';
import { sideOptions } from '../common/side.mjs';
import { CHAIN, COLUMNS, checkRow, EPSILON, makeArray, reportBandwidth, shapeOf } from './work.mjs';

const options = sideOptions();
await prepare(options);
const array = makeArray(options.work);
const x = tensor(array, { shape: shapeOf(options.work) });
await realize(x);

const works = {
  softmax: (x) => x.softmax(1),
  layernorm: (x) => layerNorm(x, [COLUMNS], null, null, { eps: EPSILON }),
  chain: (x) => x.mul(CHAIN.a).add(CHAIN.b).relu().mul(CHAIN.c),
};
const program = compile(works[options.work]);
checkRow(options.work, array, await program(x).data());
const times = await timeRuns(() => {
  program(x).dispose();
}, options);
reportBandwidth(options.work, times);
