import { type Native, NativeError, type NativeSupport } from './native.ts';

export * from './ffi.ts';
export * from './native.ts';

const reason = 'not available here: a browser runs no C compiler';

const refusal = (op: string): NativeError =>
  new NativeError('platform', reason, { op, hint: 'The wasm tier computes the same' });

const refuse = (op: string): Promise<never> => Promise.reject(refusal(op));

const refuseNow = (op: string): never => {
  throw refusal(op);
};

const support: NativeSupport = { ok: false, reasons: [reason] };

/** A browser has no native tier. */
export const native: Native = {
  support: async () => support,
  supportNow: () => support,
  supportFromRecord: () => support,
  ffi: () => refuse('ffi'),
  addressOf: () => refuseNow('addressOf'),
  buildLibrary: () => refuse('buildLibrary'),
  findLibrary: () => undefined,
  buildLibraryNow: () => refuseNow('buildLibraryNow'),
  loadPool: () => refuse('loadPool'),
  poolNow: () => undefined,
  loadPoolNow: () => refuseNow('loadPoolNow'),
  report: async () => ({
    support,
    refusals: [],
    ffi: null,
    cache: { path: undefined, entries: 0, bytes: 0, limitBytes: 0 },
    notes: [],
  }),
};
