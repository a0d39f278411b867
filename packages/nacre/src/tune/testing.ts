import { choice, float, int, list, type ParamsOf } from './space.ts';

/** Branin's function: three minima of 0.397887 on -5 ≤ x ≤ 10, 0 ≤ y ≤ 15. */
export function branin(x: number, y: number): number {
  const along = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
  return along ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

/** A space as of a network: an optimizer with options of its own, and layers of which each has a width. */
export const conditionalSpace = {
  lr: float(1e-5, 1, { log: true }),
  optimizer: choice({
    adam: { beta: float(0.5, 0.999) },
    sgd: { momentum: float(0, 0.99), nesterov: choice([true, false]) },
  }),
  hidden: list(int(8, 256, { log: true }), 1, 4),
};

/** Least, 0, for Adam with a rate of 0.001 and a beta of 0.9, and two layers of 64 and 32 units. */
export function conditional({ lr, optimizer, hidden }: ParamsOf<typeof conditionalSpace>): number {
  const rate = (Math.log10(lr) - (optimizer.kind === 'adam' ? -3 : -1)) ** 2;
  const own =
    optimizer.kind === 'adam'
      ? 4 * (optimizer.beta - 0.9) ** 2
      : 0.3 + (optimizer.momentum - 0.9) ** 2 + (optimizer.nesterov ? 0 : 0.1);
  const widths = hidden.reduce((sum, units, layer) => sum + 0.1 * (Math.log2(units) - 6 + layer) ** 2, 0);
  return rate + own + widths + 0.3 * (hidden.length - 2) ** 2;
}
