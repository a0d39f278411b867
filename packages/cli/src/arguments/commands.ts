import type { Messages } from '../i18n/index.ts';
import type { OptionName } from './options.ts';

interface CommandSpec {
  /** Positional arguments, all required: a word that is written as it is, or an upper-case name for a value. */
  readonly positionals: readonly string[];
  readonly options: readonly OptionName[];
  /** What options mean here, where it is not what they mean elsewhere; without the default they have elsewhere. */
  readonly meanings?: OptionMeanings;
  describe(text: Messages): string;
}

export type OptionMeanings = { readonly [O in OptionName]?: (text: Messages) => string };

/** Options that every command takes. */
export const commonOptions = ['lang', 'json', 'help'] as const satisfies readonly OptionName[];

const trainOptions = [
  'epochs',
  'batch-size',
  'lr',
  'seed',
  'resume',
  'data',
  'limit',
  'name',
  'device',
  'threads',
] as const satisfies readonly OptionName[];

/** Options that every example takes, beside the common ones. */
const exampleOptions = [
  'small',
  'epochs',
  'seed',
  'data',
  'out',
  'threads',
] as const satisfies readonly OptionName[];

const exampleMeanings: OptionMeanings = {
  data: (text) => text.usage.exampleData,
  epochs: (text) => text.usage.exampleEpochs,
};

/** The commands, in the order the help lists them. */
export const commands = {
  start: { positionals: [], options: trainOptions, describe: (text) => text.usage.start },
  run: {
    positionals: ['[EXAMPLE]'],
    options: exampleOptions,
    meanings: exampleMeanings,
    describe: (text) => text.usage.run,
  },
  train: { positionals: ['mnist'], options: trainOptions, describe: (text) => text.usage.train },
  predict: {
    positionals: ['RUN', 'IMAGE'],
    options: ['device', 'threads'],
    describe: (text) => text.usage.predict,
  },
  download: { positionals: ['mnist'], options: [], describe: (text) => text.usage.download },
  doctor: { positionals: [], options: [], describe: (text) => text.usage.doctor },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof commands;

export const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** How a command is called: `nacre predict RUN IMAGE`. */
export const commandLine = (name: CommandName): string =>
  ['nacre', name, ...commands[name].positionals].join(' ');

export const optionsOf = (name: CommandName): readonly OptionName[] => [
  ...commands[name].options,
  ...commonOptions,
];

export const meaningsOf = (name: CommandName): OptionMeanings => {
  const command: CommandSpec = commands[name];
  return command.meanings ?? {};
};
