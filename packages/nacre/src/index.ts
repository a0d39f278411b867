export type { DType, TypedArray } from './base/dtype.ts';
export * from './base/errors.ts';
export * from './data/index.ts';
export { FileError } from './io/files.ts';
export {
  type LoadedTensors,
  loadSafetensors,
  saveSafetensors,
  toSafetensors,
  writeFileAtomic,
} from './io/tensors.ts';
export * from './metrics/index.ts';
export * as nn from './nn/index.ts';
export * as optim from './optim/index.ts';
export type { DeviceName } from './tensor/backends/backend.ts';
export { type Compiled, compile } from './tensor/compile.ts';
export * from './tensor/create.ts';
export {
  debug,
  getDevice,
  getThreads,
  setDevice,
  setThreads,
  threadsReady,
} from './tensor/engine.ts';
export * from './tensor/functions.ts';
export { getRngState, manualSeed, type RandomState, setRngState } from './tensor/generator.ts';
export { grad, noGrad, valueAndGrad } from './tensor/grad.ts';
export * from './tensor/gradcheck.ts';
export { explain, type Profile, profile } from './tensor/inspect.ts';
export { Parameter, State } from './tensor/parameter.ts';
export type { StateDict } from './tensor/state-dict.ts';
export { type ArrayOf, type NestedValues, Tensor } from './tensor/tensor.ts';
export * from './train/index.ts';
