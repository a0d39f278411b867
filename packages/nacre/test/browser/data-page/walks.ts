import { DataLoader, fit, manualSeed, moduleDataset, nn, optim } from 'nacre';

/** What went wrong, with what it came of. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly cause: string;
}

const failureOf = (error: unknown): Failure => {
  const { name, message, cause } = error as Error;
  return { name, message, cause: String(cause) };
};

/** Inputs and targets of two epochs, or why there are none. */
export async function walk(url: string, name: string, args: unknown[], workers: number): Promise<unknown> {
  const batches: unknown[] = [];
  let loader: DataLoader | undefined;
  try {
    const data = await moduleDataset(url, { export: name, args });
    loader = new DataLoader(data, { batchSize: 3, shuffle: true, seed: 5, workers });
    for (let epoch = 0; epoch < 2; epoch++) {
      for await (const [x, y] of loader) batches.push([await x.tolist(), await y.tolist()]);
    }
    return batches;
  } catch (error) {
    return failureOf(error);
  } finally {
    loader?.close();
  }
}

/** The losses of a training, or why there are none. */
export async function train(url: string, args: unknown[], workers: number): Promise<unknown> {
  const data = await moduleDataset(url, { export: 'made', args });
  const loader = new DataLoader(data, { batchSize: 4, shuffle: true, seed: 5, workers });
  manualSeed(1);
  const model = new nn.Linear(2, 2);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  try {
    return (await fit(model, loader, { loss: 'crossEntropy', optimizer, epochs: 2, verbose: false })).loss;
  } catch (error) {
    return failureOf(error);
  } finally {
    loader.close();
  }
}
