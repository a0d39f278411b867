/**
 * What the docstring of a public name has to hold, by the folder it is declared in, and which names do without a part, for what reason.
 * docs/contributing.md tells writers the same.
 */

export type Part = 'Formula' | 'Shapes';

/** The parts that the names of a folder or file of `src` have. Every name has an example. */
export const required: readonly (readonly [place: string, ...parts: Part[]])[] = [
  ['tensor/functions/', 'Formula', 'Shapes'],
  ['tensor/distributions/', 'Formula', 'Shapes'],
  ['tensor/transforms/', 'Formula', 'Shapes'],
  ['tensor/create.ts', 'Shapes'],
  ['tensor/grad.ts', 'Formula', 'Shapes'],
  ['nn/', 'Formula', 'Shapes'],
  ['optim/', 'Formula'],
  ['metrics/', 'Formula', 'Shapes'],
  ['models/', 'Formula', 'Shapes'],
];

const abstract = 'a base class: those derived from it have it';
const container = 'holds modules or parameters and computes nothing';
const undone = 'undoes what another function does';

export const without: Readonly<Record<string, readonly [reason: string, ...parts: Part[]]>> = {
  'nn.Module': [abstract, 'Formula', 'Shapes'],
  'nn.Layer': [abstract, 'Formula', 'Shapes'],
  'nn.Loss': [abstract, 'Formula'],
  'nn.ModuleList': [container, 'Formula', 'Shapes'],
  'nn.ModuleDict': [container, 'Formula', 'Shapes'],
  'nn.ParameterList': [container, 'Formula', 'Shapes'],
  'nn.ParameterDict': [container, 'Formula', 'Shapes'],
  'nn.KeyValueCache': [container, 'Formula'],
  'nn.utils.removeSpectralNorm': [undone, 'Formula', 'Shapes'],
  'nn.utils.removeWeightNorm': [undone, 'Formula', 'Shapes'],
  'nn.init.calculateGain': ['a number for the name of an activation', 'Shapes'],
  'optim.Optimizer': [abstract, 'Formula'],
  'optim.LRScheduler': [abstract, 'Formula'],
  'optim.EpochSchedule': [abstract, 'Formula'],
  'optim.SequentialLR': ['the formulas of its schedules', 'Formula'],
  'optim.ParameterGroup': ['holds parameters and computes nothing', 'Formula'],
  'distributions.Distribution': [abstract, 'Formula'],
  'distributions.Reparametrized': [abstract, 'Formula'],
  checkpoint: ['computes what the function it is given computes', 'Formula', 'Shapes'],
  noGrad: ['runs any function', 'Formula', 'Shapes'],
};

/** Examples that are shown and not run, with the reason. */
export const notRun: Readonly<Record<string, string>> = {
  downloadMnist: 'fetches 11.6 MB from the network',
};
