import { tf } from '../../peers/tfjs.mjs';
import { sideOptions, timeCalls } from '../common/side.mjs';
import { CHAIN, checkRow, EPSILON, makeArray, reportBandwidth, shapeOf } from './work.mjs';

const options = sideOptions();
const array = makeArray(options.work);
const x = tf.tensor(array, shapeOf(options.work));

const works = {
  softmax: () => x.softmax(1),
  layernorm: () => {
    const centred = x.sub(x.mean(1, true));
    return centred.mul(centred.square().mean(1, true).add(EPSILON).rsqrt());
  },
  chain: () => x.mul(CHAIN.a).add(CHAIN.b).relu().mul(CHAIN.c),
};
const work = () => tf.tidy(works[options.work]);
checkRow(options.work, array, work().dataSync());
const times = await timeCalls(() => {
  work().dispose();
}, options);
reportBandwidth(options.work, times);
