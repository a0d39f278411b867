import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';
import type { Address, ForeignFunctions, ForeignLibrary } from './ffi.ts';
import { stackBytes } from './ffi.ts';
import { messageOf, NativeError } from './native.ts';

const require = createRequire(import.meta.url);

type Koffi = typeof import('koffi').default;

const typeNames = { address: 'void *', u32: 'uint32_t', i32: 'int32_t', void: 'void' } as const;

/**
 * koffi, loaded when it is first wanted, in some milliseconds; by `require`, because programs are also compiled where nothing can wait.
 *
 * Throws a NativeError if the package is not installed or has no binary for this machine.
 */
export function loadKoffi(requireKoffi: () => Koffi = () => require('koffi')): ForeignFunctions {
  try {
    return foreignFunctions(requireKoffi());
  } catch (cause) {
    throw new NativeError('ffi', `koffi cannot be loaded: ${messageOf(cause)}`, {
      op: 'loadKoffi',
      hint: 'Install it: npm install koffi',
      cause,
    });
  }
}

/**
 * koffi lends its own stacks: 2 MiB to calls that wait, 128 KiB to the others, too little for a kernel that vectors spill from.
 * That can be changed until somebody has loaded a library with it. Gives whether there is enough for both.
 */
function ensureStacks(koffi: Koffi): boolean {
  try {
    koffi.config({ sync_stack_size: stackBytes, async_stack_size: stackBytes });
    return true;
  } catch (cause) {
    const { async_stack_size: present } = koffi.config();
    if (present === undefined) throw cause;
    return present >= stackBytes;
  }
}

function foreignFunctions(koffi: Koffi): ForeignFunctions {
  const mayCallAside = ensureStacks(koffi);
  return {
    name: 'koffi',
    version: koffi.version,

    load(path) {
      try {
        return foreignLibrary(path, koffi.load(path), mayCallAside);
      } catch (cause) {
        throw new NativeError('load', `the system does not load ${path}: ${messageOf(cause)}`, {
          op: 'load',
          cause,
        });
      }
    },

    addressOf: (memory) => {
      // A view, because koffi knows the bytes of a shared buffer only through one.
      const buffer = memory instanceof WebAssembly.Memory ? memory.buffer : memory;
      return koffi.address(new Uint8Array(buffer));
    },
  };
}

function foreignLibrary(path: string, handle: LibraryHandle, mayCallAside: boolean): ForeignLibrary {
  const orExplain = <T>(name: string, look: () => T): T => {
    try {
      return look();
    } catch (cause) {
      throw new NativeError('load', `${path} has no ${name}: ${messageOf(cause)}`, { op: 'load', cause });
    }
  };
  return {
    path,
    address: (name) => orExplain(name, () => handle.symbol(name) as Address),
    find: (name, result, parameters) => {
      const types = parameters.map((parameter) => typeNames[parameter]);
      const call = orExplain(name, () => handle.func(name, typeNames[result], types));
      const callAside = (...given: (number | Address)[]): Promise<number> =>
        new Promise((resolve, reject) => {
          call.async(...given, (error: unknown, value: number) => (error ? reject(error) : resolve(value)));
        });
      return { call, callAsync: mayCallAside ? callAside : async (...given) => call(...given) };
    },
  };
}
