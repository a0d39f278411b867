import type { Messages } from '../i18n/index.ts';
import { languages } from '../i18n/index.ts';

/** An option that takes a value: how it reads, what it means, and how its text becomes a value. */
interface ValueOption<T> {
  /** Stands for the value in the help: `--epochs N`. */
  readonly placeholder: string;
  /** Shown as default in the help; the code that uses the option applies it. */
  readonly fallback?: T;
  /** The value of a text, `undefined` if it has none. */
  parse(text: string): T | undefined;
  /** What `parse` accepts, for the error. */
  expected(text: Messages): string;
  describe(text: Messages): string;
}

interface Switch {
  readonly short?: string;
  describe(text: Messages): string;
}

function integer(least: number, most: number, expected: (text: Messages) => string) {
  return {
    placeholder: 'N',
    expected,
    parse: (text: string): number | undefined => {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
    },
  };
}

function oneOf<const T extends string>(values: readonly T[]) {
  return {
    expected: (text: Messages) => text.usageError.oneOf(values),
    parse: (text: string): T | undefined => values.find((value) => value === text),
  };
}

const someText = {
  expected: (text: Messages) => text.usageError.someText,
  parse: (text: string): string | undefined => (text === '' ? undefined : text),
};

const count = integer(1, Number.MAX_SAFE_INTEGER, (text) => text.usageError.positiveInteger);

/** What the main job trains with where nothing else is asked for. */
export const defaults = { epochs: 5, batchSize: 32, lr: 3e-3, seed: 0 } as const;

/** Every option that takes a value, by its name on the command line. */
export const valueOptions = {
  lang: { placeholder: 'LANG', ...oneOf(languages), describe: (text) => text.usage.lang },
  epochs: { ...count, fallback: defaults.epochs, describe: (text) => text.usage.epochs },
  'batch-size': { ...count, fallback: defaults.batchSize, describe: (text) => text.usage.batchSize },
  lr: {
    placeholder: 'X',
    fallback: defaults.lr,
    expected: (text) => text.usageError.positiveNumber,
    parse: (text: string): number | undefined => {
      const value = Number(text);
      return text.trim() !== '' && Number.isFinite(value) && value > 0 ? value : undefined;
    },
    describe: (text) => text.usage.lr,
  },
  seed: {
    ...integer(0, 2 ** 32 - 1, (text) => text.usageError.seedRange),
    fallback: defaults.seed,
    describe: (text) => text.usage.seed,
  },
  resume: { placeholder: 'RUN', ...someText, describe: (text) => text.usage.resume },
  data: { placeholder: 'DIR', ...someText, describe: (text) => text.usage.data },
  limit: { ...count, describe: (text) => text.usage.limit },
  out: { placeholder: 'DIR', ...someText, describe: (text) => text.usage.out },
  name: { placeholder: 'NAME', ...someText, describe: (text) => text.usage.name },
  device: {
    placeholder: 'NAME',
    ...oneOf(['native', 'wasm', 'reference']),
    describe: (text) => text.usage.device,
  },
  threads: { ...count, describe: (text) => text.usage.threads },
} as const satisfies Record<string, ValueOption<string | number>>;

/** Every option without a value. */
export const switches = {
  json: { describe: (text) => text.usage.json },
  small: { describe: (text) => text.usage.small },
  help: { short: 'h', describe: (text) => text.usage.help },
  version: { short: 'V', describe: (text) => text.usage.version },
} as const satisfies Record<string, Switch>;

export type ValueOptionName = keyof typeof valueOptions;
export type SwitchName = keyof typeof switches;
export type OptionName = ValueOptionName | SwitchName;

/** Options as they were given; what was not given is absent. */
export type OptionValues = {
  -readonly [O in ValueOptionName]?: NonNullable<ReturnType<(typeof valueOptions)[O]['parse']>>;
} & { -readonly [S in SwitchName]?: true };

export const isValueOption = (name: string): name is ValueOptionName => Object.hasOwn(valueOptions, name);
export const isSwitch = (name: string): name is SwitchName => Object.hasOwn(switches, name);
