/** A plain copy of the same array: what the memory gives one thread. */
import { sideOptions, timeCalls } from '../common/side.mjs';
import { makeArray, reportBandwidth } from './work.mjs';

const options = sideOptions();
const from = makeArray(options.work);
const to = new Float32Array(from.length);
const times = await timeCalls(() => {
  to.set(from);
}, options);
if (to[to.length - 1] !== from[from.length - 1]) throw new Error('the copy differs');
reportBandwidth(options.work, times);
