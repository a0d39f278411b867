import { makeTrainStep } from '../common/jaxjs.mjs';
import { checkLearned, report, sideOptions, timeCalls } from '../common/side.mjs';

const options = sideOptions();
const step = makeTrainStep(32);
const before = await step();
let after = before;
const times = await timeCalls(async () => {
  after = await step();
}, options);
checkLearned(before, after);
report(
  'step',
  'µs',
  times.map((seconds) => seconds * 1e6),
);
