// These are modules of their own in the built package too: bundlers then leave out what a page does not use of them.
export * as fft from '#fft';
export * as linalg from '#linalg';
export * from '#metrics';
export * as nn from '#nn';
export * as optim from '#optim';
export type { DType, TypedArray } from './base/dtype.ts';
export {
  ArgumentError,
  DataError,
  DeviceError,
  DTypeError,
  FormatError,
  IndexError,
  MemoryError,
  NacreError,
  NotFiniteError,
  ShapeMismatchError,
  TraceError,
} from './base/errors.ts';
export * from './data/index.ts';
export { FileError, type Lock, type LockOwner } from './io/files.ts';
export {
  type LoadedTensors,
  loadSafetensors,
  saveSafetensors,
  takeLock,
  toSafetensors,
  writeFileAtomic,
} from './io/tensors.ts';
export type { DeviceName } from './tensor/backends/backend.ts';
export { type Compiled, type CompileOptions, compile } from './tensor/compile.ts';
export {
  arange,
  bernoulli,
  eye,
  full,
  linspace,
  type MakeOptions,
  ones,
  onesLike,
  rand,
  randint,
  randn,
  randperm,
  tensor,
  zeros,
  zerosLike,
} from './tensor/create.ts';
export {
  type DeviceInfo,
  debug,
  deviceInfo,
  getDevice,
  getThreads,
  setDevice,
  setThreads,
  threadsReady,
} from './tensor/engine.ts';
export * from './tensor/functions.ts';
export { getRngState, manualSeed, type RandomState, setRngState } from './tensor/generator.ts';
export { grad, noGrad, valueAndGrad } from './tensor/grad.ts';
export { type GradcheckOptions, GradientMismatchError, gradcheck } from './tensor/gradcheck.ts';
export { explain, type Profile, profile } from './tensor/inspect.ts';
export { Parameter, State } from './tensor/parameter.ts';
export { autocast, type LowPrecision } from './tensor/precision.ts';
export type { StateDict } from './tensor/state-dict.ts';
export { type ArrayOf, type NestedValues, realize, Tensor } from './tensor/tensor.ts';
export { checkpoint } from './tensor/transforms/checkpoint.ts';
export { customGradient } from './tensor/transforms/custom-gradient.ts';
export { hessian, jacfwd, jacrev, jvp, vjp } from './tensor/transforms/derivatives.ts';
export { type VmapOptions, vmap } from './tensor/transforms/vmap.ts';
export * from './train/index.ts';
