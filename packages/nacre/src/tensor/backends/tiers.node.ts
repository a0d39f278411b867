import { native } from '#native';
import { DeviceError } from '../../base/errors.ts';
import type { Heap } from '../../runtime/heap.ts';
import type { Pool } from '../../runtime/pool.ts';
import type { Workspace } from '../../runtime/program.ts';
import type { Backend } from './backend.ts';
import { buildAtExit } from './later.node.ts';
import { NativeTier } from './native.ts';

const tier = process.env.NACRE_TIER || 'auto';
if (tier !== 'auto' && tier !== 'wasm' && tier !== 'native') {
  throw new DeviceError(`NACRE_TIER is wasm, native or auto, got ${tier}`, { op: 'NACRE_TIER' });
}
// What compiles before it runs, needs to know its compiler before it does anything.
if (tier === 'native') await Promise.all([native.support(), native.loadPool()]);

/** The device that computes where nobody chose one. */
export const defaultDevice = tier === 'wasm' ? 'wasm' : 'native';

/** The CPU with native code, beside the given WebAssembly. */
export function nativeBackend(wasm: Backend, heap: Heap, pool: Pool, workspace: Workspace): Backend {
  const compiled = new NativeTier(native, heap, pool, workspace);
  if (tier === 'auto') buildAtExit(() => compiled.remaining());
  return compiled.backend(wasm, tier === 'native');
}
