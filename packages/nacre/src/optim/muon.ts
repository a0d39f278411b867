import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { add, div, mul, neg, plus, sub, swapLast, times } from '../tensor/primitives/apply.ts';
import { decayed } from './adam.ts';
import {
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type StepContext,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

/** How the learning rate of a matrix depends on its shape; see `MuonOptions.adjustLrFn`. */
export type MuonAdjustment = 'original' | 'match_rms_adamw';

export interface MuonOptions extends OptimizerOptions {
  /** How much of the mean of gradients is kept at each step. Default: 0.95. */
  momentum?: number;
  /** Look ahead along the momentum (Nesterov, 1983). Default: yes. */
  nesterov?: boolean;
  /** Coefficients a, b, c of the Newton-Schulz iteration X ← aX + (bA + cA²)X with A = XXᵀ. Default: [3.4445, -4.775, 2.0315]. */
  nsCoefficients?: readonly [number, number, number];
  /** Times the iteration is done. Default: 5. */
  nsSteps?: number;
  /** The norm that the matrix is divided by at first is at least this. Default: 1e-7. */
  eps?: number;
  /**
   * 'original' (default): the rate is multiplied by √max(1, rows / columns). 'match_rms_adamw': by 0.2·√max(rows, columns), so that moves are
   * as large as AdamW's and its learning rates fit (Liu and others, "Muon is Scalable for LLM Training", 2025).
   */
  adjustLrFn?: MuonAdjustment;
}

type Options = Required<MuonOptions>;

const adjustments: Readonly<Record<MuonAdjustment, (rows: number, columns: number) => number>> = {
  original: (rows, columns) => Math.sqrt(Math.max(1, rows / columns)),
  match_rms_adamw: (rows, columns) => 0.2 * Math.sqrt(Math.max(rows, columns)),
};

/**
 * Momentum whose moves are made nearly orthogonal matrices (Jordan and others, "Muon: An optimizer for hidden layers in neural networks",
 * 2024): m ← momentum·m + (1 - momentum)·g, u = m, or momentum·m + (1 - momentum)·g with `nesterov`,
 * p ← (1 - lr·weightDecay)·p - lr·s·NewtonSchulz(u), where s depends on the shape (`adjustLrFn`). The iteration brings all singular values
 * near to 1; it is done in the arithmetic of the parameter.
 *
 * It trains matrices, [rows, columns]: weights of hidden layers. Biases, embeddings and the last layer are better left to AdamW:
 *
 * ```ts
 * const hidden = [net.fc1.weight, net.fc2.weight];
 * const muon = new optim.Muon(hidden, { lr: 0.02 });
 * const adam = new optim.AdamW([...net.parameters()].filter((p) => !hidden.includes(p)));
 * ```
 *
 * @throws ShapeMismatchError for a parameter that is no matrix.
 *
 * Formula: m ← momentum·m + (1 - momentum)·g, p ← (1 - lr·weightDecay)·p - lr·s·NewtonSchulz(u)
 *
 * @example
 * ```ts
 * import { eye, linalg, nn, optim } from 'nacre';
 * const hidden = new nn.Linear(8, 4, { bias: false });
 * const muon = new optim.Muon(hidden.parameters(), { lr: 0.1, weightDecay: 0 });
 * const before = hidden.weight.value;
 * hidden.forward(eye(8)).square().sum().backward();
 * muon.step();
 * const [, s] = linalg.svd(hidden.weight.sub(before).div(0.1)); // all singular values of the move are near to 1
 * await s.sub(1).abs().lt(0.4).all().tolist(); // → true
 * ```
 */
export class Muon extends Optimizer<Options, 'momentum', { keep: Node | null }> {
  /**
   * @param options `lr` 0.001, `weightDecay` 0.1, `momentum` 0.95, `nesterov` true, `nsCoefficients` [3.4445, -4.775, 2.0315], `nsSteps` 5,
   * `eps` 1e-7, `adjustLrFn` 'original'.
   */
  constructor(params: Trainable<MuonOptions>, options?: MuonOptions) {
    super(
      params,
      {
        lr: 1e-3,
        weightDecay: 0.1,
        momentum: 0.95,
        nesterov: true,
        nsCoefficients: [3.4445, -4.775, 2.0315],
        nsSteps: 5,
        eps: 1e-7,
        adjustLrFn: 'original',
      },
      options,
    );
    for (const group of this.groups) {
      checkOptions(group.options);
      for (const { shape } of group.params) checkMatrix(shape);
    }
  }

  protected override initialState(): Record<'momentum', InitialState> {
    return { momentum: {} };
  }

  protected override countsSteps(): boolean {
    return false;
  }

  protected override factors({ options: { weightDecay }, lr }: StepContext<Options>): { keep: Node | null } {
    return { keep: weightDecay ? plus(neg(times(lr, weightDecay)), 1) : null };
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<'momentum', Node>>,
    { options, lr, momentum: share, factors: { keep } }: UpdateContext<Options, { keep: Node | null }>,
  ): [Node, Record<'momentum', Node>] {
    const momentum = decayed(state.momentum, gradient, share);
    const direction = options.nesterov ? decayed(momentum, gradient, share) : momentum;
    const [rows, columns] = parameter.shape;
    const rate = times(lr, adjustments[options.adjustLrFn](rows, columns));
    const kept = keep ? mul(parameter, keep) : parameter;
    return [sub(kept, mul(orthogonalized(direction, options), rate)), { momentum }];
  }
}

/** The Newton-Schulz iteration: odd polynomials of the matrix, which leave singular vectors as they are and bring singular values near to 1. */
function orthogonalized(
  matrix: Node,
  { nsCoefficients: [a, b, c], nsSteps, eps }: Pick<Options, 'nsCoefficients' | 'nsSteps' | 'eps'>,
): Node {
  const [rows, columns] = matrix.shape;
  if (!rows || !columns) return matrix;
  // A = XXᵀ is smaller when X has fewer rows than columns.
  const isTall = rows > columns;
  const wide = isTall ? swapLast(matrix) : matrix;
  let x = div(wide, ops.maximum(ops.norm(wide), eps));
  for (let i = 0; i < nsSteps; i++) {
    const gram = ops.matmul(x, swapLast(x));
    const polynomial = add(times(gram, b), times(ops.matmul(gram, gram), c));
    x = add(times(x, a), ops.matmul(polynomial, x));
  }
  return isTall ? swapLast(x) : x;
}

function checkOptions({ momentum, nsCoefficients, nsSteps, eps, adjustLrFn }: Readonly<Options>): void {
  const op = 'Muon';
  if (!(momentum >= 0 && momentum < 1)) {
    throw new ArgumentError(`momentum is a number from 0 to below 1, got ${momentum}`, { op });
  }
  if (nsCoefficients.length !== 3 || !nsCoefficients.every(Number.isFinite)) {
    throw new ArgumentError(`nsCoefficients are three finite numbers, got [${nsCoefficients.join(', ')}]`, {
      op,
    });
  }
  // PyTorch's limit: a graph of hundreds of products is a mistake.
  if (!(Number.isInteger(nsSteps) && nsSteps >= 1 && nsSteps < 100)) {
    throw new ArgumentError(`nsSteps is a whole number from 1 to below 100, got ${nsSteps}`, { op });
  }
  if (!(eps > 0)) throw new ArgumentError(`eps is above zero, got ${eps}`, { op });
  if (!Object.hasOwn(adjustments, adjustLrFn)) {
    const known = Object.keys(adjustments).join("' or '");
    throw new ArgumentError(`adjustLrFn is '${known}', got '${adjustLrFn}'`, { op });
  }
}

function checkMatrix(shape: Shape): void {
  if (shape.length === 2) return;
  throw new ShapeMismatchError(`trains matrices, got a parameter of shape ${showShape(shape)}`, {
    op: 'Muon',
    shapes: [shape],
    hint: 'Give biases and other parameters to an AdamW of their own',
  });
}
