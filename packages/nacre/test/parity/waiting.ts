/** Names that have cases but are not there yet. A name that is there must leave this list, and bring its cases. */
export const missing: Readonly<Record<string, string>> = {
  Adamax: 'not there yet',
  ASGD: 'not there yet',
  Rprop: 'not there yet',
  CyclicLR: 'not there yet',
  MaxUnpool1d: 'not there yet',
};

/** Classes of which there are no cases, and why. */
export const ownClasses: Readonly<Record<string, string>> = {
  Layer: 'the base of layers',
  Loss: 'the base of losses',
  ModuleList: 'has no forward',
  ModuleDict: 'has no forward',
  ParameterList: 'has no forward',
  ParameterDict: 'has no forward',
  BinaryStep: 'not in PyTorch',
  LearnedPositionalEmbedding: 'not in PyTorch',
  SinusoidalPositionalEncoding: 'not in PyTorch',
  ZeroPad1d: 'not in PyTorch 1.13; the generator writes its cases with a newer one',
  ZeroPad3d: 'not in PyTorch 1.13; the generator writes its cases with a newer one',
  CircularPad1d: 'not in PyTorch 1.13; the generator writes its cases with a newer one',
  CircularPad2d: 'not in PyTorch 1.13; the generator writes its cases with a newer one',
  CircularPad3d: 'not in PyTorch 1.13; the generator writes its cases with a newer one',
  RMSNorm: 'not in PyTorch 1.13; the generator writes its cases with a newer one',
};

/**
 * Cases that do not agree with PyTorch yet, and why; with a device before the name, on that device alone. A case that does agree must leave
 * this list.
 */
export const waiting: Readonly<Record<string, string>> = {
  'function sign/special': 'PyTorch has the sign of NaN as 0; here NaN stays NaN',
  'function sign/corners': 'PyTorch leaves a gradient of zeros, here there is none',
  'function floor/corners': 'PyTorch leaves a gradient of zeros, here there is none',
  'function ceil/corners': 'PyTorch leaves a gradient of zeros, here there is none',
  'function round/corners': 'PyTorch leaves a gradient of zeros, here there is none',
  'function cosineSimilarity/eps':
    'PyTorch differentiates norms below eps as if they were not raised to it; here the formula is differentiated',
  'optimization SGD/maximize': 'there is no option maximize',
  'optimization Adam/maximize': 'there is no option maximize',
  'optimization AdamW/maximize': 'there is no option maximize',
  'optimization RMSprop/maximize': 'there is no option maximize',
  'optimization Adagrad/maximize': 'there is no option maximize',
  'optimization Adadelta/maximize': 'there is no option maximize',
  'wasm: function mul/bfloat16': 'an intermediate result is not rounded to bfloat16',
  'function binaryCrossEntropy/weight': 'there is no such option',
  'function binaryCrossEntropyWithLogits/weight': 'there is no such option',
  'function binaryCrossEntropyWithLogits/posWeight': 'there is no such option',
  'function softplus/beta': 'there is no such option',
  'function softplus/threshold': 'there is no such option',
  'function avgPool2d/divisorOverride': 'there is no such option',
  'function maxPool1d/returnIndices': 'there is no such option',
  'function div/roundingMode': 'there is no such option',
  'function round/decimals': 'there is no such option',
  'function add/alpha': 'there is no such option',
  'layer BCELoss/weight': 'there is no such option',
  'layer BCEWithLogitsLoss/weight': 'there is no such option',
  'layer BCEWithLogitsLoss/posWeight': 'there is no such option',
  'layer Softplus/threshold': 'there is no such option',
  'layer MultiheadAttention/addBiasKv': 'there is no such option',
  'layer MultiheadAttention/addZeroAttn': 'there is no such option',
  'layer Embedding/maxNorm': 'there is no such option',
  'layer Embedding/scaleGradByFreq': 'there is no such option',
  'layer EmbeddingBag/scaleGradByFreq': 'there is no such option',
  'layer EmbeddingBag/includeLastOffset': 'there is no such option',
  'layer AvgPool2d/divisorOverride': 'there is no such option',
  'layer MaxPool2d/returnIndices': 'there is no such option',
  'layer AdaptiveMaxPool1d/returnIndices': 'there is no such option',
  'function norm/-Infinity': 'orders of zero or less are not taken, but for 0',
  'function norm/-1': 'orders of zero or less are not taken, but for 0',
  'function interpolate/nearest-exact': 'there is no such mode',
  'layer Upsample/nearest-exact': 'there is no such mode',
  'layer AdaptiveAvgPool2d/null': 'a length cannot be left as it is',
  'layer LSTM/proj': 'there is no option projSize',
  'layer LSTM/proj,all': 'there is no option projSize',
};
