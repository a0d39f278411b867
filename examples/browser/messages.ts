/** What the page and the worker say to each other: plain data, typed arrays handed over rather than copied. */

export const pointSets = ['moons', 'spirals', 'galaxy'] as const;
export type PointSet = (typeof pointSets)[number];

export const taskNames = ['points', 'digits'] as const;
export type TaskName = (typeof taskNames)[number];

/** From the page to the worker. */
export type Request =
  /** Begins the 2-D set anew, with fresh weights. */
  | { kind: 'points'; set: PointSet; learningRate: number }
  /** Begins the digits anew; the first time they are fetched from `folder`, an absolute URL that ends in a slash. */
  | { kind: 'digits'; folder: string; learningRate: number }
  /** Lets a task train, and every other rest; null lets all rest. */
  | { kind: 'train'; task: TaskName | null }
  | { kind: 'learningRate'; task: TaskName; value: number }
  /** The most steps per second that the 2-D set takes. */
  | { kind: 'pace'; stepsPerSecond: number }
  /** A square drawing to be read as a digit: how much ink each pixel has, 0 to 255, row by row. */
  | { kind: 'read'; ink: Uint8Array; side: number }
  /** There is no drawing any more. */
  | { kind: 'wipe' };

/** From the worker to the page. */
export type Reply =
  | { kind: 'machine'; device: string; threads: number; isolated: boolean }
  | PointsReady
  | DigitsReady
  | Progress
  | Plane
  | Samples
  | Reading
  | { kind: 'failed'; message: string };

export interface PointsReady {
  readonly kind: 'points';
  /** x and y of each point, from -1 to 1. */
  readonly coordinates: Float32Array;
  readonly labels: Int32Array;
}

export interface DigitsReady {
  readonly kind: 'digits';
  readonly trainCount: number;
  readonly testCount: number;
  readonly stepsPerEpoch: number;
}

export interface Progress {
  readonly kind: 'progress';
  readonly task: TaskName;
  /** Steps done since the weights were fresh. */
  readonly step: number;
  /** The loss of each step since the last report, in order. */
  readonly losses: Float32Array;
  /** Of the points themselves, or of the digits that are not trained on. */
  readonly accuracy: number;
  /** Mean time of a step since the last report; 0 if there was none. */
  readonly stepMicroseconds: number;
}

/** What the network says of every place of the plane. */
export interface Plane {
  readonly kind: 'plane';
  /** Places on a side; rows from y = 1 down. */
  readonly side: number;
  readonly classes: number;
  /** `side * side * classes` logits, whose softmax is the probabilities. */
  readonly logits: Float32Array;
}

/** Some digits of the test set, and what the network takes them for. */
export interface Samples {
  readonly kind: 'samples';
  /** 28 x 28 bytes each. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly predicted: Int32Array;
}

/** What the network takes the drawing for; null if there is nothing in it to read. */
export interface Reading {
  readonly kind: 'reading';
  readonly result: { readonly image: Uint8Array; readonly probabilities: Float32Array } | null;
}

/** Where the plane ends: it shows x and y from -extent to extent. */
export const planeExtent = 1.25;
