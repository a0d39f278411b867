import { compile, layerNorm, realize, tensor } from 'nacre';
import { prepare, settle } from '../common/nacre.mjs';
import { sideOptions, timeCalls } from '../common/side.mjs';
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
const times = await timeCalls(
  () => {
    program(x).dispose();
  },
  { ...options, settle },
);
reportBandwidth(options.work, times);
