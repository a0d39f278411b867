/**
 * The functions of tensors, each of which takes the tensor first. Names and meanings are PyTorch's in camelCase; arguments that are
 * not the tensors or the one everybody writes go into one object. Operands are broadcast, and brought to one dtype.
 */
export * from './functions/attention.ts';
export * from './functions/elementwise.ts';
export * from './functions/gates.ts';
export * from './functions/index-by.ts';
export * from './functions/loss.ts';
export * from './functions/margins.ts';
export * from './functions/movement.ts';
export * from './functions/network.ts';
export * from './functions/normalization.ts';
export * from './functions/reduce.ts';
export * from './functions/resample.ts';
export * from './functions/scan.ts';
export * from './functions/window.ts';
