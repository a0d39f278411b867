import { compile, crossEntropy, manualSeed, nn, optim, randint, randn, type Tensor } from 'nacre';

/** What a short training ends with, in full: any bit that differs shows. */
export interface Outcome {
  /** The bits of the loss of every step, in hexadecimal. */
  readonly losses: readonly string[];
  /** FNV-1a over the bytes of all weights, in hexadecimal. */
  readonly weights: string;
  /** FNV-1a over the bytes of the network's answers after training. */
  readonly answers: string;
}

const steps = 25;

/** The network of the main job, with dropout and Adam, trained by a compiled step on random numbers of one seed. */
export function trainFromSeed(seed: number): Outcome {
  manualSeed(seed);
  const model = new nn.Sequential(
    new nn.Linear(784, 128),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(128, 64),
    new nn.Tanh(),
    new nn.Dropout(0.2),
    new nn.Linear(64, 10),
  );
  const adam = new optim.Adam(model.parameters());
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x), y);
    adam.zeroGrad();
    loss.backward();
    adam.step();
    return loss;
  });
  const batches = Array.from({ length: 4 }, () => [randn([32, 784]), randint(0, 10, [32])] as const);
  const losses = Array.from({ length: steps }, (_, i) => {
    const [x, y] = batches[i % batches.length];
    return hexOf(step(x, y).dataSync() as Float32Array);
  });
  const weights = Object.values(model.stateDict()).map((tensor) => tensor.dataSync() as Float32Array);
  model.eval();
  const answers = model.forward(batches[0][0]).dataSync() as Float32Array;
  return { losses, weights: fnv(weights), answers: fnv([answers]) };
}

const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const hexOf = (data: Float32Array): string =>
  Array.from(bytesOf(data), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** 32 bits are enough to notice a change, and need nothing that a page without HTTPS lacks. */
function fnv(arrays: readonly Float32Array[]): string {
  let hash = 0x811c9dc5;
  for (const byte of arrays.flatMap((array) => [...bytesOf(array)]))
    hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
