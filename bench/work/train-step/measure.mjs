/** What every JavaScript side of the training benchmarks does with its step. */
import { checkFirstLoss, checkLearned, reportMemory, reportTimes, timeCalls } from '../common/side.mjs';

/**
 * Times a step, checks that it trained, and prints the samples.
 * @param {() => Promise<number>} step does one step and gives its loss
 * @param {import('../common/side.mjs').SideOptions} options
 */
export async function measureTraining(step, options) {
  const before = await step();
  let after = before;
  const times = await timeCalls(async () => {
    after = await step();
  }, options);
  // The layer of BERT's size has neither classes nor an optimizer: its own side checks its gradient.
  const trains = options.work !== 'bert-layer';
  if (trains) checkLearned(before, after);
  if (trains && options.work !== 'lstm') checkFirstLoss(before, 10);
  reportTimes('step', times);
  reportMemory();
}
