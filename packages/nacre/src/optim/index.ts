export { Adam, type AdamOptions, AdamW } from './adam.ts';
export {
  Adadelta,
  type AdadeltaOptions,
  Adagrad,
  type AdagradOptions,
  RMSprop,
  type RMSpropOptions,
} from './adaptive.ts';
export { clipGradNorm, clipGradValue } from './clip.ts';
export { NAdam, type NAdamOptions } from './nadam.ts';
export {
  type GroupOf,
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  ParameterGroup,
  type StepContext,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';
export { SGD, type SGDOptions } from './sgd.ts';
