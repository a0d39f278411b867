export * from './elementwise.ts';
export * from './index-by.ts';
export * from './movement.ts';
export * from './network.ts';
export * from './products.ts';
export * from './random.ts';
export * from './reduce.ts';
export * from './window.ts';
