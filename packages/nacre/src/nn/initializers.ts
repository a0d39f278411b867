/** Starts of parameters: `nn.init`, as `torch.nn.init`. */
export * from './init.ts';
export * from './init-structured.ts';
