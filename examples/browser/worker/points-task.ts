import { compile, crossEntropy, manualSeed, nn, optim, type Tensor, tensor } from 'nacre';
import { type PointSet, planeExtent } from '../messages.ts';
import { makePoints, type Points } from './point-sets.ts';
import { send } from './port.ts';
import type { Task } from './task.ts';

/** Places on a side of the plane: enough for smooth edges, as the page interpolates between them. */
const side = 88;
const hidden = 32;

/** The middle of every place of the plane, rows from the top. */
function planePlaces(): Tensor {
  const at = (place: number): number => planeExtent * ((2 * (place + 0.5)) / side - 1);
  const places = new Float32Array(side * side * 2);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++)
      places.set([at(column), -at(row)], (row * side + column) * 2);
  }
  return tensor(places, { shape: [side * side, 2] });
}

/** A small network that learns to tell the classes of a 2-D set apart, all points at every step. */
export class PointsTask implements Task {
  readonly name = 'points';
  steps = 0;
  stepsPerSecond: number;
  private readonly points: Points;
  private readonly optimizer: optim.Adam;
  private readonly inputs: Tensor;
  private readonly targets: Tensor;
  private readonly places = planePlaces();
  private readonly train: (x: Tensor, y: Tensor) => Tensor;
  private readonly read: (x: Tensor) => Tensor;

  constructor(set: PointSet, learningRate: number, stepsPerSecond: number) {
    this.stepsPerSecond = stepsPerSecond;
    this.points = makePoints(set);
    const { coordinates, labels, classes } = this.points;
    this.inputs = tensor(coordinates, { shape: [labels.length, 2] });
    this.targets = tensor(labels, { shape: [labels.length], dtype: 'int32' });

    manualSeed(0);
    const model = new nn.Sequential(
      new nn.Linear(2, hidden),
      new nn.Tanh(),
      new nn.Linear(hidden, hidden),
      new nn.Tanh(),
      new nn.Linear(hidden, classes),
    );
    const optimizer = new optim.Adam(model.parameters(), { lr: learningRate });
    this.optimizer = optimizer;
    this.train = compile((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    });
    this.read = compile((x: Tensor) => model.forward(x));
    send({ kind: 'points', coordinates, labels });
  }

  async step(): Promise<number> {
    const loss = this.train(this.inputs, this.targets);
    this.steps++;
    const value = await loss.item();
    loss.dispose();
    return value;
  }

  accuracy(): number {
    const { labels, classes } = this.points;
    const logits = this.logits(this.inputs);
    const right = labels.filter((label, point) => {
      const own = logits.subarray(point * classes, (point + 1) * classes);
      return own[label] === Math.max(...own);
    });
    return right.length / labels.length;
  }

  show(): void {
    const logits = this.logits(this.places);
    send({ kind: 'plane', side, classes: this.points.classes, logits }, [logits.buffer]);
  }

  private logits(x: Tensor): Float32Array<ArrayBuffer> {
    const result = this.read(x);
    const values = result.dataSync() as Float32Array<ArrayBuffer>;
    result.dispose();
    return values;
  }

  get learningRate(): number {
    return this.optimizer.lr;
  }

  set learningRate(value: number) {
    this.optimizer.lr = value;
  }

  dispose(): void {
    for (const owned of [this.inputs, this.targets, this.places]) owned.dispose();
  }
}
