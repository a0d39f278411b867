import { ArgumentError } from '../base/errors.ts';
import type { ParamsOf, Space } from './space.ts';
import { type Objective, reasonOf } from './trial.ts';

/** The function that a module of an objective exports. Throws an ArgumentError if it cannot be loaded, or exports none. */
export async function loadObjective<P>(url: string): Promise<Objective<P>> {
  let module: { readonly default?: unknown; readonly objective?: unknown };
  try {
    module = (await import(/* @vite-ignore */ url)) as typeof module;
  } catch (cause) {
    const isTypeScript = (cause as { code?: unknown } | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION';
    throw new ArgumentError(`the objective ${url} cannot be loaded: ${reasonOf(cause)}`, {
      op: 'tune',
      hint: isTypeScript ? 'Start the program with what loads TypeScript: npx tsx search.ts' : undefined,
      cause,
    });
  }
  const objective = module.default ?? module.objective;
  if (typeof objective === 'function') return objective as Objective<P>;
  throw new ArgumentError(`${url} exports no objective`, {
    op: 'tune',
    hint: 'Let it export a function as default, or by the name objective',
  });
}

/**
 * An objective in a module of its own, with the types of its space. It gives back the function it is given.
 *
 * @example
 * ```ts
 * import { tune } from 'nacre/tune';
 * const space = { x: tune.float(0, 1) };
 * const objective = tune.objective(space, ({ x }) => (x - 0.5) ** 2);
 * const study = await tune(space, objective, { trials: 30, verbose: false });
 * study.best.value! < 0.01; // → true
 * ```
 */
export function objective<const S extends Space>(
  _space: S,
  compute: Objective<ParamsOf<S>>,
): Objective<ParamsOf<S>> {
  return compute;
}
