export { Parameter, State as Buffer } from '../tensor/parameter.ts';
export * from './activations.ts';
export * from './activations-shrink.ts';
export {
  KeyValueCache,
  MultiheadAttention,
  type MultiheadAttentionLayerOptions,
  type MultiheadAttentionOptions,
} from './attention.ts';
export * from './batch-norm.ts';
export * from './channels.ts';
export { ModuleDict, ModuleList, Sequential, type Step } from './containers.ts';
export * from './convolution.ts';
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d } from './dropout.ts';
export { Embedding, EmbeddingBag, type EmbeddingBagOptions, type EmbeddingOptions } from './embedding.ts';
export * as init from './initializers.ts';
export { Layer } from './layer.ts';
export { Linear } from './linear.ts';
export * from './losses.ts';
export * from './losses-ctc.ts';
export * from './losses-labels.ts';
export * from './losses-margins.ts';
export { Module } from './module.ts';
export { LayerNorm, RMSNorm } from './normalization.ts';
export * from './padding.ts';
export * from './pairs.ts';
export { ParameterDict, ParameterList } from './parameter-containers.ts';
export * from './pooling.ts';
export { LearnedPositionalEmbedding, SinusoidalPositionalEncoding } from './positions.ts';
export { GRU, LSTM, type RecurrentOptions, RNN, type SequenceOptions } from './recurrent.ts';
export { GRUCell, LSTMCell, RNNCell } from './recurrent-cells.ts';
export * from './resample.ts';
export { Flatten, Identity, Unflatten } from './shape.ts';
export * from './transformer.ts';
export { MaxUnpool1d, MaxUnpool2d, MaxUnpool3d } from './unpooling.ts';
export { UpsamplingBilinear2d, UpsamplingNearest2d, type UpsamplingOptions } from './upsampling.ts';
export * as utils from './utils.ts';
