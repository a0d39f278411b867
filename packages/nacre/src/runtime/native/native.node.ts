import type { Native } from './native.ts';
import { createNative } from './tier.node.ts';

export * from './ffi.ts';
export * from './native.ts';

/** The native tier of this process. Nothing is looked for before it is asked. */
export const native: Native = createNative();
