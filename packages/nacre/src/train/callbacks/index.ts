export type { Callback, CallbackState, StepProgress, TrainingOptimizer, TrainingRun } from './callback.ts';
export { CSVLogger } from './csv-logger.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
export { LearningRateScheduler } from './learning-rate-scheduler.ts';
export { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.ts';
export type { MonitorOptions } from './monitor.ts';
export { ProgressBar, type ProgressBarOptions } from './progress-bar.ts';
export { TerminateOnNaN } from './terminate-on-nan.ts';
