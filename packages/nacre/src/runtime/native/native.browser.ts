import { type Native, NativeError } from './native.ts';

export * from './ffi.ts';
export * from './native.ts';

const reason = 'not available here: a browser runs no C compiler';

const refuse = (op: string): Promise<never> =>
  Promise.reject(new NativeError('platform', reason, { op, hint: 'The wasm tier computes the same' }));

/** A browser has no native tier. */
export const native: Native = {
  support: async () => ({ ok: false, reasons: [reason] }),
  ffi: () => refuse('ffi'),
  buildLibrary: () => refuse('buildLibrary'),
  loadPool: () => refuse('loadPool'),
  report: async () => ({
    support: { ok: false, reasons: [reason] },
    refusals: [],
    ffi: null,
    cache: { path: undefined, entries: 0, bytes: 0, limitBytes: 0 },
    notes: [],
  }),
};
