/** Names that have cases but are not there yet. A name that is there must leave this list, and bring its cases. */
export const missing: Readonly<Record<string, string>> = {};

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
  'function sign/special':
    'PyTorch has 0 for the sign of NaN; here NaN stays NaN, as with Math.sign and in the arithmetic of IEEE 754',
  'function sign/corners': 'PyTorch leaves a gradient of zeros, here there is none',
  'function floor/corners': 'PyTorch leaves a gradient of zeros, here there is none',
  'function ceil/corners': 'PyTorch leaves a gradient of zeros, here there is none',
  'function round/corners': 'PyTorch leaves a gradient of zeros, here there is none',
  'function cosineSimilarity/eps':
    'PyTorch differentiates norms below eps as if they were not raised to it; here the formula is differentiated',
};
