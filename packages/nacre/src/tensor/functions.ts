/**
 * The functions of tensors, each of which takes the tensor first. Names and meanings are PyTorch's in camelCase; arguments that are
 * not the tensors or the one everybody writes go into one object. Operands are broadcast, and brought to one dtype.
 */
export * as distributions from './distributions/index.ts';
export * from './functions/activations.ts';
export * from './functions/attention.ts';
export * from './functions/counting.ts';
export * from './functions/ctc.ts';
export * from './functions/distinct.ts';
export * from './functions/elementwise.ts';
export * from './functions/gates.ts';
export * from './functions/grids.ts';
export * from './functions/index-by.ts';
export * from './functions/label-losses.ts';
export * from './functions/loss.ts';
export * from './functions/margins.ts';
export * from './functions/movement.ts';
export * from './functions/network.ts';
export * from './functions/normalization.ts';
export * from './functions/random.ts';
export * from './functions/reduce.ts';
export * from './functions/resample.ts';
export * from './functions/scan.ts';
export * from './functions/signal-windows.ts';
export * from './functions/sorting.ts';
export * from './functions/spatial.ts';
export * from './functions/special.ts';
export * from './functions/stft.ts';
export * from './functions/window.ts';
