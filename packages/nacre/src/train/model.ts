import { ArgumentError } from '../base/errors.ts';
import type { Module } from '../nn/module.ts';
import { Tensor } from '../tensor/tensor.ts';

/** What a model makes of a batch of inputs. Throws an ArgumentError if that is no tensor. */
export function outputOf(op: string, model: Module, inputs: Tensor): Tensor {
  const output = (model as unknown as { forward(x: Tensor): unknown }).forward(inputs);
  if (output instanceof Tensor) return output;
  throw new ArgumentError(`${model.constructor.name}.forward gave no tensor`, {
    op,
    hint: 'Wrap it in a module whose forward takes one tensor and gives one',
  });
}

/** Runs `use` while the model and all within it are in evaluation mode, and then puts back the mode each of them had. */
export async function inEvaluationMode<T>(model: Module, use: () => Promise<T>): Promise<T> {
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.eval();
  try {
    return await use();
  } finally {
    for (const [module, training] of modes) module.train(training); // outer modules come first, so inner ones have the last word
  }
}
