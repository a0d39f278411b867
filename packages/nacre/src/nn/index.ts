export { Parameter, State as Buffer } from '../tensor/parameter.ts';
export * from './activations.ts';
export * from './containers.ts';
export * from './dropout.ts';
export * as init from './init.ts';
export { Layer } from './layer.ts';
export { Linear } from './linear.ts';
export { Module } from './module.ts';
export * from './shape.ts';
