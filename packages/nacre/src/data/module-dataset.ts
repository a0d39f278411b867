import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { AsyncDataset, Dataset, Example } from './dataset.ts';

export interface ModuleDatasetOptions {
  /** The name of the function that the module exports. Default `default`. */
  readonly export?: string;
  /** What the function is called with: anything that can be sent to a thread. Default: nothing. */
  readonly args?: readonly unknown[];
}

/** How a thread makes a data set again. */
export interface DatasetModule {
  readonly url: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

/**
 * A data set that a module's function makes, so that the threads of `new DataLoader(data, { workers })` can make it for themselves: the
 * function gives a Dataset, or one whose `get` gives promises. `url` is best `new URL('./pictures.js', import.meta.url)`.
 *
 * In a page too: bundlers put such a file beside theirs as it is, so there it is JavaScript that imports nothing but other addresses. A page
 * with a Content-Security-Policy lets `worker-src` allow `blob:`.
 *
 * @throws DataError for a module that cannot be imported or has no such function, and for what that gives if it is no data set.
 *
 * @example
 * ```ts
 * import { DataLoader, moduleDataset } from 'nacre';
 * const code = 'export default (count) => ({ length: count, get: (i) => [[i], i] })';
 * const data = await moduleDataset(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { args: [4] });
 * const targets: unknown[] = [];
 * for await (const [, y] of new DataLoader(data, { batchSize: 2 })) targets.push(await y.tolist());
 * targets; // → [[0, 1], [2, 3]]
 * ```
 */
export async function moduleDataset(
  url: URL | string,
  options: ModuleDatasetOptions = {},
): Promise<ModuleDataset> {
  const op = 'moduleDataset';
  const { export: name = 'default', args = [] } = optionsOf(op, options, ['export', 'args']);
  if (!URL.canParse(String(url))) {
    throw new ArgumentError(`${JSON.stringify(url)} is no URL`, {
      op,
      hint: "Give new URL('./pictures.js', import.meta.url)",
    });
  }
  const module = { url: String(url), name, args };
  const made = await imported(op, module.url);
  const make = made[name];
  if (typeof make !== 'function') {
    throw new DataError(`${module.url} exports no function ${name}`, {
      op,
      hint: 'Give { export: name } of the function that makes the data set; what a bundler makes of a module may export nothing',
    });
  }
  const dataset: unknown = await make(...args);
  if (typeof dataset !== 'object' || dataset === null || !('get' in dataset) || !('length' in dataset)) {
    throw new DataError(`what ${name} of ${module.url} gives is no data set`, {
      op,
      hint: 'Give an object with length and get(index, epoch)',
    });
  }
  return new ModuleDataset(module, dataset as Dataset | AsyncDataset);
}

async function imported(op: string, url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${url} cannot be imported: ${reason}`, {
      op,
      hint: 'In a page it is one file of JavaScript as the server has it, without imports of packages',
      cause,
    });
  }
}

/**
 * The data set that `moduleDataset` gives.
 *
 * @example
 * ```ts
 * import { type ModuleDataset, moduleDataset } from 'nacre';
 * const data: ModuleDataset = await moduleDataset('data:text/javascript,export default () => ({ length: 3, get: (i) => [i, i] })');
 * data.length; // → 3
 * ```
 */
export class ModuleDataset {
  /** Internal: how threads make it again. */
  readonly module: DatasetModule;
  /** What the function gave here. */
  readonly dataset: Dataset | AsyncDataset;

  /** Internal: made by `moduleDataset`. */
  constructor(module: DatasetModule, dataset: Dataset | AsyncDataset) {
    this.module = module;
    this.dataset = dataset;
  }

  get length(): number {
    return this.dataset.length;
  }

  get(index: number, epoch = 0): Example | Promise<Example> {
    return this.dataset.get(index, epoch);
  }
}
