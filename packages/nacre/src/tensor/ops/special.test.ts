import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import {
  digamma,
  erfinv,
  frac,
  hypot,
  isinf,
  lgamma,
  logit,
  nanToNum,
  signbit,
  sinc,
  trunc,
  xlogy,
} from '../functions/special.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';

const inf = Number.POSITIVE_INFINITY;
const double = (data: readonly number[]): Tensor => tensor(data, { dtype: 'float64' });

/** The largest error, relative where the value is above `floor` and in units of it below. */
function worst(found: Tensor, expected: readonly number[], floor: number): number {
  const numbers = found.dataSync() as Float32Array;
  return Math.max(
    ...expected.map((value, i) => Math.abs(numbers[i] - value) / Math.max(Math.abs(value), floor, 1e-300)),
  );
}

// What PyTorch 1.13 gives in float64.
const x = [
  1e-12, 0.03, 0.4, 0.5, 0.75, 0.999, 1.0000001, 1.3, 1.4616, 1.5, 1.9999, 2.3, 2.5000001, 2.6, 3.5, 5, 7.9,
  10.4, 10.5, 10.6, 25, 171.5, 1e6, 1e30, -0.3, -1.7, -2.5, -7.4, -33.3,
];
const logGamma = [
  27.63102111592797, 3.489971043442412, 0.7966778177017837, 0.5723649429247001, 0.20328095143129538,
  0.0005780385328913802, -5.772155829918507e-8, -0.10817480950786047, -0.12148629003589732,
  -0.12078223763524522, -4.227520877215346e-5, 0.15418945495963046, 0.2846829407885856, 0.35741186354897986,
  1.2009736023470743, 3.1780538303479458, 8.32426586800881, 13.710826371620279, 13.940625219403763,
  14.17142325333255, 54.78472939811232, 709.1431630309282, 12815504.569147611, 6.807755278982137e31,
  1.4648400508576025, 0.9218446876946375, -0.05624371649767405, -8.146973300724033, -84.75261573729159,
];
const psi = [
  -1000000000000.5771, -33.862254420618775, -2.561384544585115, -1.9635100260214229, -1.085860879786472,
  -0.5788618021086457, -0.5772155004081377, -0.16919088886680006, -3.1106251230539556e-5,
  0.036489973978576194, 0.4227198396711308, 0.6000398803639694, 0.7031566896810176, 0.7510474527734762,
  1.103156640645243, 1.5061176684318003, 2.002238487563571, 2.2929591287901596, 2.3030010342976865,
  2.3129431834035743, 3.198742512851974, 5.141664981434, 13.81551005796419, 69.07755278982137,
  2.1133097796353986, -1.4857174995110571, 1.1031566406452433, 3.0882938617110582, 5.802997937052513,
];
// In the tails by Newton's method with the platform's erfc, which PyTorch's numbers miss by 3e-5.
const y = [-0.999999999, -0.95, -0.85, -0.3, 0, 1e-9, 0.2, 0.8499, 0.8501, 0.9, 0.99, 0.9999, 1 - 1e-12];
const inverse = [
  -4.320005388105362, -1.385903824349678, -1.0179024648320274, -0.2724627147267544, 0, 8.86226925452758e-10,
  0.1791434546212917, 1.017652765076983, 1.018152291584008, 1.1630871536766743, 1.8213863677184483,
  2.751063905712083, 5.042031898572696,
];

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test('lgamma to 1e-13 in float64, near its zeros 1 and 2 too, and to 1e-6 in float32', () => {
    const positive = x.filter((value) => value > 0).length;
    expect(worst(lgamma(double(x.slice(0, positive))), logGamma.slice(0, positive), 0)).toBeLessThan(1e-13);
    expect(worst(lgamma(double(x)).slice(0, positive), logGamma.slice(positive), 1)).toBeLessThan(1e-13);
    // As far as float32 can say the number: at 1.0000001 it cannot.
    const [numbers, values] = [x, logGamma].map((list) =>
      list.filter((_, i) => Math.abs(x[i] - 1) > 0.01 && x[i] < 1e10),
    );
    expect(worst(lgamma(tensor(numbers.map(Math.fround))), values, 0.5)).toBeLessThan(1e-6);
    // What float32 makes of numbers near the zeros is exact; the result is as near to that of the same numbers in float64.
    const near = [0.5003, 0.97, 0.99997, 1.000001, 1.02, 1.9996, 1.9999999, 2.00004, 2.4].map(Math.fround);
    expect(worst(lgamma(tensor(near)), lgamma(double(near)).tolistSync() as number[], 0)).toBeLessThan(1e-6);
    expect(lgamma(tensor([1, 2, 0, -3, inf])).dataSync()).toEqual(Float32Array.of(0, 0, inf, inf, inf));
    expect(
      lgamma(tensor([4], { dtype: 'float16' }))
        .to('float32')
        .itemSync(),
    ).toBeCloseTo(Math.log(6), 3);
  });

  test('digamma to 1e-13 in float64 and 1e-6 in float32', () => {
    expect(worst(digamma(double(x)), psi, 1)).toBeLessThan(1e-13);
    const [numbers, values] = [x, psi].map((list) => list.filter((_, i) => x[i] > 0.01 && x[i] < 1e10));
    expect(worst(digamma(tensor(numbers)), values, 1)).toBeLessThan(1e-6);
    expect(digamma(tensor([0, -2])).dataSync()).toEqual(Float32Array.of(-inf, Number.NaN));
  });

  test('the gradient of lgamma is digamma, and the one after that the trigamma function', () => {
    const points = double([0.1, 0.75, 1, 1.3, 2, 2.7, 8.2, 14, -0.4, -3.7]);
    const total = (value: Tensor): Tensor => lgamma(value).sum();
    expect(worst(grad(total)(points), digamma(points).tolistSync() as number[], 1)).toBeLessThan(1e-13);
    const trigamma = grad((value: Tensor) => (grad(total)(value) as Tensor).sum())(double([1, 0.5, 14]));
    expect(worst(trigamma, [Math.PI ** 2 / 6, Math.PI ** 2 / 2, 0.07404026866401], 0)).toBeLessThan(1e-12);
    expect(gradcheck(digamma, [double([0.3, 1.4, 12, -1.3])])).toBe(true);
    expect(gradcheck(lgamma, [double([0.3, 1.4, 12, -1.3])])).toBe(true);
  });

  test('erfinv over its whole range', () => {
    expect(worst(erfinv(double(y)), inverse, 0)).toBeLessThan(1e-13);
    const rounded = y.slice(1, 12).map(Math.fround);
    const exact = erfinv(double(rounded)).tolistSync() as number[];
    expect(worst(erfinv(tensor(rounded)), exact, 0)).toBeLessThan(1e-6);
    expect(erfinv(tensor([-1, 1, 1.5])).dataSync()).toEqual(Float32Array.of(-inf, inf, Number.NaN));
    expect(gradcheck(erfinv, [double([-0.97, -0.3, 0, 0.6, 0.9])])).toBe(true);
  });

  test('logit, with and without eps', () => {
    const p = double([0.1, 0.5, 0.999]);
    expect(worst(logit(p).sigmoid(), [0.1, 0.5, 0.999], 0)).toBeLessThan(1e-14);
    expect(logit(tensor([0, 1]), { eps: 0.25 }).dataSync()).toEqual(
      Float32Array.of(Math.fround(-Math.log(3)), Math.fround(Math.log(3))),
    );
    expect(gradcheck((value) => logit(value), [p])).toBe(true);
  });

  test('xlogy is 0 where x is, and so is its gradient in y', () => {
    const [a, b] = [double([0, 0, 0, 2, 3]), double([0, -1, Number.NaN, 4, 0])];
    expect(xlogy(a, b).tolistSync()).toEqual([0, 0, Number.NaN, 2 * Math.log(4), -inf]);
    const [byX, byY] = grad((u: Tensor, v: Tensor) => xlogy(u, v).sum(), [0, 1])(
      double([0, 0, 2]),
      double([0, 4, 4]),
    );
    expect(byX.tolistSync()).toEqual([0, Math.log(4), Math.log(4)]);
    expect(byY.tolistSync()).toEqual([0, 0, 0.5]);
    expect(xlogy(2, tensor([1])).tolistSync()).toEqual([0]);
  });

  test('sinc and hypot, where they would divide by nothing too', () => {
    expect(sinc(double([0, 0.5, -1.5])).tolistSync()).toEqual([
      1,
      2 / Math.PI,
      expect.closeTo(-2 / (3 * Math.PI), 14),
    ]);
    expect(grad((value: Tensor) => sinc(value).sum())(double([0])).tolistSync()).toEqual([0]);
    expect(gradcheck(sinc, [double([0.3, -1.2])])).toBe(true);
    const far = hypot(tensor([3e30, 0, inf, 0]), tensor([4e30, 0, 1, -2]));
    expect(far.tolistSync()).toEqual([expect.closeTo(5e30, -24), 0, inf, 2]);
    expect(gradcheck(hypot, [double([3, -1, 0]), double([4, 2, 5])])).toBe(true);
    expect(grad((value: Tensor) => hypot(value, 0).sum())(double([0])).tolistSync()).toEqual([0]);
  });

  test('parts of numbers and what is not finite', () => {
    const numbers = tensor([-1.75, -0, 0, 2.5, -inf, Number.NaN]);
    expect(trunc(numbers).tolistSync()).toEqual([-1, expect.closeTo(0), 0, 2, -inf, Number.NaN]);
    expect(trunc(tensor([7], { dtype: 'int32' })).dtype).toBe('int32');
    expect(frac(tensor([-1.75, 2.5])).tolistSync()).toEqual([-0.75, 0.5]);
    expect(grad((value: Tensor) => frac(value).sum())(double([-1.75])).tolistSync()).toEqual([1]);
    expect(isinf(numbers).tolistSync()).toEqual([false, false, false, false, true, false]);
    expect(signbit(numbers).tolistSync()).toEqual([true, true, false, false, true, false]);
    expect(signbit(tensor([-3, 3], { dtype: 'int32' })).tolistSync()).toEqual([true, false]);
    expect(nanToNum(numbers, { nan: 7 }).tolistSync()).toEqual([
      -1.75, -0, 0, 2.5, -3.4028234663852886e38, 7,
    ]);
    expect(nanToNum(tensor([inf, -inf]), { posinf: 1, neginf: 2 }).tolistSync()).toEqual([1, 2]);
    expect(nanToNum(tensor([3], { dtype: 'int32' })).tolistSync()).toEqual([3]);
  });
});
