export type { ChoiceParameter, NumberParameter, Parameter } from './parameter.ts';
export type { StudyPicture, StudyPictureOptions } from './pictures.ts';
export type { Point } from './point.ts';
export { ASHAPruner, type ASHAPrunerOptions } from './pruners/asha.ts';
export { HyperbandPruner, type HyperbandPrunerOptions } from './pruners/hyperband.ts';
export { MedianPruner, type MedianPrunerOptions } from './pruners/median.ts';
export type { Pruner, Standing } from './pruners/pruner.ts';
export type { Direction, Report, TrialRecord, TrialState } from './record.ts';
export { type RandomRestartsOptions, type Restarts, randomRestarts } from './restarts.ts';
export { GridSampler } from './samplers/grid.ts';
export { RandomSampler } from './samplers/random.ts';
export type { Proposal, Sampler } from './samplers/sampler.ts';
export { TPESampler, type TPESamplerOptions } from './samplers/tpe.ts';
export {
  type CaseOf,
  type Cases,
  type Constant,
  Domain,
  type Json,
  type NumberOptions,
  type ParamsOf,
  type Space,
} from './space.ts';
export { Study, type StudyTableOptions } from './study.ts';
export { type Objective, Trial, type TrialCallbackOptions } from './trial.ts';
export { type PrunerName, type SamplerName, type TuneOptions, tune } from './tune.ts';
