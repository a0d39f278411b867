export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { Adamax, type AdamaxOptions } from './adamax.ts';
export {
  Adadelta,
  type AdadeltaOptions,
  Adagrad,
  type AdagradOptions,
  RMSprop,
  type RMSpropOptions,
} from './adaptive.ts';
export { ASGD, type ASGDOptions } from './asgd.ts';
export { clipGradNorm, clipGradValue } from './clip.ts';
export { GradScaler, type GradScalerOptions } from './grad-scaler.ts';
export { Lion, type LionOptions } from './lion.ts';
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
  OneCycleLR,
  type OneCycleLROptions,
} from './lr-cosine.ts';
export { CyclicLR, type CyclicLROptions } from './lr-cyclic.ts';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './lr-plateau.ts';
export { EpochSchedule, LRScheduler, type LRSchedulerState } from './lr-scheduler.ts';
export {
  ConstantLR,
  type ConstantLROptions,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LinearLROptions,
  type LRLambda,
  MultiplicativeLR,
  MultiStepLR,
  type MultiStepLROptions,
  PolynomialLR,
  type PolynomialLROptions,
  StepLR,
  type StepLROptions,
} from './lr-schedules.ts';
export {
  ChainedScheduler,
  type ChainedSchedulerOptions,
  SequentialLR,
  type SequentialLROptions,
} from './lr-sequential.ts';
export { Muon, type MuonAdjustment, type MuonOptions } from './muon.ts';
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
export { RAdam, type RAdamOptions } from './radam.ts';
export { Rprop, type RpropOptions } from './rprop.ts';
export { SGD, type SGDOptions } from './sgd.ts';
