import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { randn, tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import { keptTables } from '../ops/fourier-tables.ts';
import type { Tensor } from '../tensor.ts';
import * as fft from './fourier.ts';

afterAll(() => setDevice('wasm'));

const f64 = { dtype: 'float64' } as const;

/** The signal that PyTorch was given for the numbers below. */
function signal(shape: readonly number[], seed = 0): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float64Array.from(
    { length: size },
    (_, i) => Math.sin(1 + ((7 * i + seed) % 13)) + 0.3 * Math.cos(((i * i) % 11) + seed),
  );
  return tensor(data, { ...f64, shape });
}

/** Numbers that tell every element of a tensor from the others, to sum a result with. */
const weights = (shape: readonly number[], f: (i: number) => number): Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => f(i + 1)),
    { ...f64, shape },
  );
};

const weighted = (x: Tensor, f: (i: number) => number = Math.cos): number =>
  x.mul(weights(x.shape, f)).sum().itemSync();

const largest = (x: Tensor): number => x.abs().max().itemSync();

/** Bins of complex numbers by the definition, in float64. */
function byDefinition(data: ArrayLike<number>, sign: number): number[] {
  const n = data.length / 2;
  return Array.from({ length: n }, (_, k) => {
    let [re, im] = [0, 0];
    for (let j = 0; j < n; j++) {
      const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n;
      re += data[2 * j] * Math.cos(angle) - data[2 * j + 1] * Math.sin(angle);
      im += data[2 * j] * Math.sin(angle) + data[2 * j + 1] * Math.cos(angle);
    }
    return [re, im];
  }).flat();
}

/** Σ result·cos(i + 1) from PyTorch: fft, ifft of re + i·im; rfft of re; irfft, hfft of re + i·im to n numbers; ihfft of re. */
const ofSizes: Readonly<Record<number, readonly number[]>> = {
  1: [0.697603744492, 0.697603744492, 0.616739405173, 0.616739405173, 0.616739405173, 0.616739405173],
  2: [1.62482585149, 0.812412925746, 1.24874802084, 0.621511107744, 1.24302221549, 0.624374010422],
  3: [1.13055786561, 0.20719572854, 1.66524252636, 0.390370568808, 2.57894995589, 0.389695517112],
  5: [-0.647260783972, 0.035617195724, 1.83284498633, 0.858713978475, 1.70772844002, 0.0472722527667],
  7: [3.92271304819, -0.606681225343, 1.55264514186, 1.08005207485, -0.532303535522, 0.0617650064569],
  8: [-1.63968627092, 0.273103042838, -0.369998029606, 0.512795722892, -1.09934191609, -0.440234320229],
  12: [-3.48364153749, -1.07460019312, -1.68354440377, 0.621239828413, 0.32351983854, -0.7473690653],
  17: [-21.8125730575, -0.987823525175, -13.8962673181, -0.65264486539, -13.3074912591, 0.126163315411],
  31: [15.6991975258, -1.16224638204, 9.28285876006, -0.189130604283, -39.149908036, -0.361075713401],
  64: [-5.90414791638, 0.31851042294, -13.4328575785, -0.609731117616, 40.3728523154, 0.443191375407],
  97: [-102.641172943, 1.2802115455, -58.9700461097, -1.21681308293, -55.9999889884, 0.477520027278],
  100: [-60.2989318098, 0.673475989051, -19.5625060874, 0.499011364152, -65.3516196717, 0.419714521648],
  131: [-42.4932689968, 0.00416573937073, -28.8915749354, -0.67531333911, -20.5815428293, -0.0356612362039],
  1000: [-794.596367482, 0.37551129787, -176.367109198, 0.605320544266, -562.064893334, -0.00535547184531],
};
const sizes = Object.keys(ofSizes).map(Number);

/** Of z [3, 6, 10]: the shape of the result, Σ result·cos(i + 1), and Σ of its gradient·sin(i + 1), from PyTorch. */
const ofOptions: readonly [(z: Tensor) => Tensor, number[], number, number][] = [
  [(z) => fft.fft(z, { n: 16, dim: 1, norm: 'ortho' }), [3, 16, 10, 2], -6.23521099765, -75.3356317161],
  [(z) => fft.fft(z, { n: 4, norm: 'forward' }), [3, 6, 4, 2], -6.53988902971, -3.17588095835],
  [(z) => fft.ifft(z, { dim: 0, norm: 'ortho' }), [3, 6, 10, 2], -0.115804001746, -8.63947259706],
  [(z) => fft.ifft(z, { n: 40, norm: 'forward' }), [3, 6, 40, 2], 10.1227934598, 1.04151698383],
  [(z) => fft.fft(z, { n: 131 }), [3, 6, 131, 2], -2.08961438228, -0.614021551793],
  [(z) => fft.fft2(z), [3, 6, 10, 2], 38.0451871139, -76.5159794547],
  [(z) => fft.ifft2(z, { s: [5, 12], norm: 'forward' }), [3, 5, 12, 2], 30.1099322153, -159.897264702],
  [(z) => fft.fftn(z), [3, 6, 10, 2], 36.8489876219, -125.057473903],
  [(z) => fft.ifftn(z, { dim: [0, 2] }), [3, 6, 10, 2], -1.58310770018, 1.69020032282],
  [(z) => fft.fftn(z, { s: [2, 3] }), [3, 2, 3, 2], 4.48686628071, -6.18116209932],
  [(z) => fft.rfft(fft.real(z), { dim: 1, n: 40 }), [3, 21, 10, 2], -3.94594778661, 1.70615370412],
  [(z) => fft.rfft(fft.imag(z), { n: 7 }), [3, 6, 4, 2], 1.1915878427, 1.74774924853],
  [(z) => fft.irfft(z), [3, 6, 18], -1.5029948758, -1.36801162967],
  [(z) => fft.irfft(z, { n: 9 }), [3, 6, 9], -1.01870655328, 0.389906105054],
  [(z) => fft.irfft(z, { dim: 1, n: 40, norm: 'ortho' }), [3, 40, 10], 0.911960148432, 0.0310378112613],
  [(z) => fft.rfft2(fft.real(z), { norm: 'ortho' }), [3, 6, 6, 2], -2.48972308305, 2.92422205312],
  [(z) => fft.irfft2(z, { s: [7, 36] }), [3, 7, 36], -0.194744001912, 2.06787925156],
  [(z) => fft.rfftn(fft.real(z), { norm: 'forward' }), [3, 6, 6, 2], 0.112417308553, 0.558491556013],
  [(z) => fft.irfftn(z), [3, 6, 18], -0.564190945584, 1.12298874103],
  [(z) => fft.hfft(z, { n: 13, norm: 'ortho' }), [3, 6, 13], 6.26613229926, 1.12083908128],
  [(z) => fft.ihfft(fft.imag(z), { n: 8 }), [3, 6, 5, 2], 0.308138344163, -0.115261861009],
  [(z) => fft.abs(z), [3, 6, 10], 0.0758928813026, -0.0714562814544],
  [(z) => fft.angle(z), [3, 6, 10], 10.4933016996, 2.82760518026],
  [(z) => fft.mul(z, fft.conj(z.narrow(0, 0, 1))), [3, 6, 10, 2], 1.29424851191, 12.096018229],
];

describe.each(['wasm', 'reference'] as const)('Fourier transforms on %s', (device) => {
  beforeEach(() => setDevice(device));

  it.each(sizes)('agree with PyTorch for %i numbers', (n) => {
    const x = signal([n]);
    const z = fft.complex(x, signal([n], 5));
    const found = [
      fft.fft(z),
      fft.ifft(z),
      fft.rfft(x),
      fft.irfft(z, { n }),
      fft.hfft(z, { n }),
      fft.ihfft(x),
    ];
    for (const [i, result] of found.entries()) expect(weighted(result)).toBeCloseTo(ofSizes[n][i], 8);
  });

  it.each(ofOptions)('agree with PyTorch in value and gradient, case %#', (f, shape, value, slope) => {
    const z = fft.complex(signal([3, 6, 10]), signal([3, 6, 10], 4));
    const result = f(z);
    expect(result.shape).toEqual(shape);
    expect(weighted(result)).toBeCloseTo(value, 8);
    const gradient = grad((x: Tensor) => f(x).mul(weights(shape, Math.cos)).sum())(z);
    expect(weighted(gradient, Math.sin)).toBeCloseTo(slope, 8);
  });

  it('give back what they were given', () => {
    for (const n of [1, 2, 3, 5, 8, 17, 30, 31, 64, 97, 100, 131, 256]) {
      const [x, z] = [signal([2, n]), signal([2, n, 2])];
      expect(largest(fft.ifft(fft.fft(z)).sub(z))).toBeLessThan(1e-14);
      expect(largest(fft.irfft(fft.rfft(x), { n }).sub(x))).toBeLessThan(1e-14);
      expect(largest(fft.hfft(fft.ihfft(x), { n }).sub(x))).toBeLessThan(1e-14);
    }
    const z = signal([3, 4, 5, 2]);
    expect(largest(fft.ifftn(fft.fftn(z)).sub(z))).toBeLessThan(1e-14);
    expect(largest(fft.irfftn(fft.rfftn(z), { s: [3, 4, 5, 2] }).sub(z))).toBeLessThan(1e-14);
  });
});

describe('Fourier transforms', () => {
  beforeEach(() => {
    setDevice('wasm');
    manualSeed(3);
  });

  it('follow the definition in every bin, for products, several steps, and chirps', () => {
    for (const n of [2, 12, 37, 60, 127, 128, 210, 263, 512]) {
      const z = signal([n, 2]);
      const want = byDefinition(z.dataSync() as Float64Array, -1);
      const found = fft.fft(z).dataSync() as Float64Array;
      expect(Math.max(...want.map((number, i) => Math.abs(number - found[i])))).toBeLessThan(1e-11 * n);
    }
  });

  it('keep the energy (Parseval)', () => {
    for (const n of [7, 100, 1009]) {
      const z = signal([n, 2]);
      const energy = z.square().sum().itemSync();
      expect(fft.fft(z).square().sum().itemSync() / n / energy).toBeCloseTo(1, 12);
      expect(fft.fft(z, { norm: 'ortho' }).square().sum().itemSync() / energy).toBeCloseTo(1, 12);
    }
  });

  it('have in float32 an error below 4e-7 of the root mean square', () => {
    for (const n of [97, 127, 1000, 1009, 4096]) {
      const [x, z] = [randn([n]), randn([n, 2])];
      const pairs = [
        [fft.fft(z), fft.fft(z.to('float64'))],
        [fft.ifft(z), fft.ifft(z.to('float64'))],
        [fft.rfft(x), fft.rfft(x.to('float64'))],
        [fft.irfft(z), fft.irfft(z.to('float64'))],
      ];
      for (const [found, exact] of pairs) {
        expect(found.dtype).toBe('float32');
        const rms = exact.square().mean().sqrt().itemSync();
        expect(found.sub(exact).square().mean().sqrt().itemSync() / rms).toBeLessThan(4e-7);
        expect(largest(found.sub(exact)) / rms).toBeLessThan(3e-6);
      }
    }
  });

  it('have gradients that finite differences confirm', () => {
    const one = (n: number): Tensor => signal([n, 2]);
    gradcheck((z) => fft.fft(z), [one(5)]);
    gradcheck((z) => fft.ifft(z, { norm: 'ortho' }), [one(30)]);
    gradcheck((x) => fft.rfft(x), [signal([30])]);
    gradcheck((z) => fft.irfft(z, { n: 30 }), [one(16)]);
    gradcheck((z) => fft.irfft(z, { n: 9 }), [one(5)]);
    gradcheck((z) => fft.fft(z, { n: 131 }), [one(6)]);
    gradcheck((z, w) => fft.mul(z, w), [one(4), signal([1, 2], 3)]);
    gradcheck((z) => fft.abs(z).add(fft.angle(z)), [one(6)]);
    gradcheck(
      grad((z: Tensor) => fft.abs(fft.fft(z)).sum()),
      [one(4)],
    );
  });

  it('have no slope where the absolute value and the angle have none', () => {
    const z = tensor([[0, 0]], f64);
    expect(grad((x: Tensor) => fft.abs(x).sum())(z).tolistSync()).toEqual([[0, 0]]);
    expect(grad((x: Tensor) => fft.angle(x).sum())(z).tolistSync()).toEqual([[0, 0]]);
  });

  it('take empty batches', () => {
    expect(fft.fft(tensor([], { shape: [0, 5, 2] })).shape).toEqual([0, 5, 2]);
    expect(fft.rfft(tensor([], { shape: [0, 64] })).shape).toEqual([0, 33, 2]);
    expect(fft.irfft(tensor([], { shape: [0, 33, 2] })).dataSync()).toHaveLength(0);
  });

  it('compute integers and 16-bit floats as float32', () => {
    expect(fft.rfft(tensor([1, 2, 3], { dtype: 'int32' })).dtype).toBe('float32');
    expect(fft.rfft(tensor([1, 2, 3], { dtype: 'bfloat16' })).dataSync()[0]).toBe(6);
    expect(fft.conj(tensor([1, 2], { dtype: 'float16' })).tolistSync()).toEqual([1, -2]);
  });

  it('are compiled, and make no table at a replay', () => {
    const step = compile((x: Tensor) => fft.irfft(fft.rfft(x), { n: 450 }));
    const x = randn([3, 450]);
    const first = step(x).dataSync();
    const before = keptTables();
    expect(step(x.add(0)).dataSync()).toEqual(first);
    expect(fft.irfft(fft.rfft(x), { n: 450 }).dataSync()).toEqual(first);
    expect(keptTables()).toEqual(before);
    expect(step.programs).toBe(1);
    const verified = compile((z: Tensor) => fft.fft2(z), { verify: true });
    expect(verified(randn([20, 30, 2])).dataSync()).not.toEqual(verified(randn([20, 30, 2])).dataSync());
    expect(largest(step(x).sub(x))).toBeLessThan(1e-5);
  });

  it('keep a bounded number of tables', () => {
    for (let n = 40_000; n <= 1_280_000; n *= 2) fft.fft(randn([n, 2]), { norm: 'ortho' }).dataSync();
    expect(keptTables().bytes).toBeLessThanOrEqual(2 ** 25);
    const x = randn([64, 2]);
    expect(largest(fft.ifft(fft.fft(x)).sub(x))).toBeLessThan(1e-5);
  });

  it('list frequencies, and move them', () => {
    expect(fft.fftfreq(5, { d: 0.1, ...f64 }).tolistSync()).toEqual([0, 2, 4, -4, -2]);
    expect(fft.fftfreq(1).tolistSync()).toEqual([0]);
    expect(fft.rfftfreq(5, { d: 0.1, ...f64 }).tolistSync()).toEqual([0, 2, 4]);
    expect(fft.rfftfreq(1).tolistSync()).toEqual([0]);
    expect(fft.fftshift(fft.fftfreq(4)).tolistSync()).toEqual([-0.5, -0.25, 0, 0.25]);
    const z = signal([4, 5, 2]);
    expect(fft.fftshift(z, { complex: true }).tolistSync()).toEqual(
      fft.complex(fft.fftshift(fft.real(z)), fft.fftshift(fft.imag(z))).tolistSync(),
    );
    expect(fft.ifftshift(fft.fftshift(z, { dim: [0, -2] }), { dim: [0, 1] }).tolistSync()).toEqual(
      z.tolistSync(),
    );
  });

  it('say what is wrong', () => {
    const [x, z] = [signal([4, 3]), signal([4, 2])];
    expect(() => fft.fft(x)).toThrow(
      'fft.fft: got [4, 3], expected pairs of real and imaginary part in a last axis of 2. fft.complex(re, im)',
    );
    expect(() => fft.fft(z, { n: 0 })).toThrow('fft.fft: transforms one number or more, got n = 0');
    expect(() => fft.irfft(signal([1, 2]))).toThrow('fft.irfft: transforms one number or more, got n = 0');
    expect(() => fft.rfft(x, { dim: 2 })).toThrow('fft.rfft: axis 2 is outside a tensor of 2 dimensions');
    expect(() => fft.fft(z, { norm: 'sideways' as never })).toThrow("fft.fft: there is no norm 'sideways'");
    expect(() => fft.fft2(z)).toThrow('fft.fft2: axis -2 is outside a tensor of 1 dimensions');
    expect(() => fft.fftn(z, { dim: [0, -1] })).toThrow('fft.fftn: an axis is named twice in [0, 0]');
    expect(() => fft.fftn(z, { s: [4, 4], dim: [0] })).toThrow('fft.fftn: 2 lengths for 1 axes');
    expect(() => fft.rfftn(x, { dim: [] })).toThrow('fft.rfftn: no axis is named');
    expect(() => fft.rfft(tensor(1))).toThrow('fft.rfft: the signal has no axis');
    expect(() => fft.abs(x)).toThrow('fft.abs: got [4, 3], expected pairs');
    expect(() => fft.fftfreq(0)).toThrow('fft.fftfreq: n is a positive integer, got 0');
    expect(() => fft.fftshift(x, { complex: true })).toThrow('fft.fftshift: got [4, 3], expected pairs');
    expect(() => fft.fft([1, 2] as never)).toThrow('fft.fft: takes a tensor, got an array');
  });
});
