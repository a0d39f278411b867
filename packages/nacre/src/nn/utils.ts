/** What changes modules and their parameters from outside: `nn.utils`, as `torch.nn.utils`. */
export { removeSpectralNorm, type SpectralNormOptions, spectralNorm } from './spectral-norm.ts';
export { parametersToVector, vectorToParameters } from './vectors.ts';
export { removeWeightNorm, weightNorm } from './weight-norm.ts';
