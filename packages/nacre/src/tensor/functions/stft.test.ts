import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { randn, tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';
import { complex } from './fourier.ts';
import { bartlettWindow, blackmanWindow, hammingWindow, hannWindow, kaiserWindow } from './signal-windows.ts';
import { istft, stft } from './stft.ts';

afterAll(() => setDevice('wasm'));

const f64 = { dtype: 'float64' } as const;
const hann = hannWindow(8, f64);
const hamming = hammingWindow(7, f64);

const made = (shape: readonly number[], f: (i: number) => number): Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => f(i)),
    { ...f64, shape },
  );
};

/** The signal that PyTorch was given for the numbers below. */
const signal = (shape: readonly number[], seed = 0): Tensor =>
  made(shape, (i) => Math.sin(1 + ((7 * i + seed) % 13)) + 0.3 * Math.cos(((i * i) % 11) + seed));

const weighted = (x: Tensor, f: (i: number) => number = Math.cos): Tensor =>
  x.mul(made(x.shape, (i) => f(i + 1))).sum();

const largest = (x: Tensor): number => x.abs().max().itemSync();

/** Of x [2, 37]: the shape of the result, Σ result·cos(i + 1), and Σ of its gradient·sin(i + 1), from PyTorch. */
const forward: readonly [(x: Tensor) => Tensor, number[], number, number][] = [
  [(x) => stft(x, 8), [2, 5, 19, 2], -10.6242446903, 14.7797984197],
  [(x) => stft(x, 8, { window: hann, hopLength: 3 }), [2, 5, 13, 2], -0.0320938005581, -0.573854258816],
  [
    (x) => stft(x, 10, { window: hamming, winLength: 7, normalized: true, center: false }),
    [2, 6, 14, 2],
    1.62778087045,
    -13.8876657054,
  ],
  [
    (x) => stft(x, 9, { onesided: false, padMode: 'constant', normalized: true }),
    [2, 9, 19, 2],
    -2.04243693199,
    4.13414790587,
  ],
  [
    (x) => stft(x, 60, { padMode: 'circular', winLength: 33 }),
    [2, 31, 3, 2],
    -2.16022347345,
    0.0962942690379,
  ],
];

/** The same of spectra of a shape. */
const back: readonly [(z: Tensor) => Tensor, number[], number[], number, number][] = [
  [(z) => istft(z, 8), [2, 5, 9], [2, 16], 0.131245891676, 0.480699867411],
  [
    (z) => istft(z, 8, { window: hann, hopLength: 3, length: 20 }),
    [2, 5, 9],
    [2, 20],
    -0.304418337753,
    0.00884587119033,
  ],
  [
    (z) => istft(z, 10, { window: hamming, winLength: 7, normalized: true }),
    [2, 6, 9],
    [2, 16],
    -0.570093695183,
    -0.954407796161,
  ],
  [
    (z) => istft(z, 9, { onesided: false, normalized: true, length: 25 }),
    [2, 9, 9],
    [2, 25],
    -1.96314491131,
    2.4025622942,
  ],
  [(z) => istft(z, 8, { center: false }), [2, 5, 9], [2, 24], 0.200245749703, -0.353663928867],
];

/** Elements from PyTorch. */
const windows: readonly [Tensor, number[]][] = [
  [
    hannWindow(5, { ...f64, periodic: true }),
    [0, 0.345491502813, 0.904508497187, 0.904508497187, 0.345491502813],
  ],
  [hannWindow(5, { ...f64, periodic: false }), [0, 0.5, 1, 0.5, 0]],
  [
    hammingWindow(5, { ...f64, periodic: true }),
    [0.08, 0.397852182588, 0.912147817412, 0.912147817412, 0.397852182588],
  ],
  [hammingWindow(5, { ...f64, periodic: false }), [0.08, 0.54, 1, 0.54, 0.08]],
  [
    blackmanWindow(5, { ...f64, periodic: true }),
    [0, 0.200770143263, 0.849229856737, 0.849229856737, 0.200770143263],
  ],
  [blackmanWindow(5, { ...f64, periodic: false }), [0, 0.34, 1, 0.34, 0]],
  [bartlettWindow(5, { ...f64, periodic: true }), [0, 0.4, 0.8, 0.8, 0.4]],
  [bartlettWindow(5, { ...f64, periodic: false }), [0, 0.5, 1, 0.5, 0]],
  [
    kaiserWindow(5, { ...f64, periodic: true }),
    [5.27734413201e-5, 0.10171968771, 0.792939834101, 0.792939834101, 0.10171968771],
  ],
  [
    kaiserWindow(5, { ...f64, periodic: false }),
    [5.27734413201e-5, 0.215672744759, 1, 0.215672744759, 5.27734413201e-5],
  ],
  [
    kaiserWindow(5, { ...f64, periodic: true, beta: 3.5 }),
    [0.135534349139, 0.56345663842, 0.942381132548, 0.942381132548, 0.56345663842],
  ],
  [
    kaiserWindow(5, { ...f64, periodic: false, beta: 3.5 }),
    [0.135534349139, 0.678408591034, 1, 0.678408591034, 0.135534349139],
  ],
  [
    hammingWindow(5, { ...f64, periodic: true, alpha: 0.6, beta: 0.3 }),
    [0.3, 0.507294901688, 0.842705098312, 0.842705098312, 0.507294901688],
  ],
  [hammingWindow(5, { ...f64, periodic: false, alpha: 0.6, beta: 0.3 }), [0.3, 0.6, 0.9, 0.6, 0.3]],
];

describe.each(['wasm', 'reference'] as const)('short-time Fourier transforms on %s', (device) => {
  beforeEach(() => setDevice(device));

  it.each(forward)('agree with PyTorch in value and gradient, case %#', (f, shape, value, slope) => {
    const x = signal([2, 37]);
    const result = f(x);
    expect(result.shape).toEqual(shape);
    expect(weighted(result).itemSync()).toBeCloseTo(value, 8);
    const gradient = grad((signals: Tensor) => weighted(f(signals)))(x);
    expect(weighted(gradient, Math.sin).itemSync()).toBeCloseTo(slope, 8);
  });

  it.each(back)('agree with PyTorch on the way back, case %#', (f, from, shape, value, slope) => {
    const z = complex(signal(from), signal(from, 3));
    const result = f(z);
    expect(result.shape).toEqual(shape);
    expect(weighted(result).itemSync()).toBeCloseTo(value, 8);
    const gradient = grad((spectra: Tensor) => weighted(f(spectra)))(z);
    expect(weighted(gradient, Math.sin).itemSync()).toBeCloseTo(slope, 8);
  });
});

describe('short-time Fourier transforms', () => {
  beforeEach(() => {
    setDevice('wasm');
    manualSeed(5);
  });

  it('give back what they were given', () => {
    const x = signal([50]);
    for (const [nFft, options] of [
      [8, { window: hann }],
      [9, { hopLength: 4, onesided: false }],
      [16, { window: hamming, winLength: 7, hopLength: 3, normalized: true }],
      [8, { window: hann, hopLength: 1, padMode: 'replicate' as const }],
    ] as const) {
      const spectra = stft(x, nFft, options);
      expect(largest(istft(spectra, nFft, { ...options, length: 50 }).sub(x))).toBeLessThan(1e-13);
    }
  });

  it('put zeros where no frame reaches, and NaN where windows are zero', () => {
    const z = stft(signal([16]), 8, { window: hann });
    const long = istft(z, 8, { window: hann, length: 24 }).tolistSync() as number[];
    expect(long.slice(20)).toEqual([0, 0, 0, 0]);
    expect(istft(z, 8, { window: hann, center: false }).tolistSync()).toSatisfy(
      (numbers: number[]) => Number.isNaN(numbers[0]) && numbers.slice(1).every(Number.isFinite),
    );
  });

  it('have gradients that finite differences confirm, also of the window', () => {
    const options = { hopLength: 3, normalized: true };
    gradcheck((x, window) => stft(x, 8, { ...options, window }), [signal([13]), hann]);
    gradcheck(
      (z, window) => istft(z, 8, { ...options, window }),
      [complex(signal([5, 4]), signal([5, 4], 3)), hannWindow(8, { ...f64, periodic: false }).add(0.5)],
    );
  });

  it('are compiled', () => {
    const window = hannWindow(64);
    const there = compile((x: Tensor) => istft(stft(x, 64, { window }), 64, { window, length: 500 }));
    const x = randn([2, 500]);
    expect(largest(there(x).sub(x))).toBeLessThan(1e-5);
    expect(there(x).dtype).toBe('float32');
    expect(there.programs).toBe(1);
  });

  it('say what is wrong', () => {
    const [x, z] = [signal([20]), signal([5, 4, 2])];
    expect(() => stft(signal([2, 3, 4]), 4)).toThrow('stft: x: [2, 3, 4], expected [T] or [N, T]');
    expect(() => stft(x, 0)).toThrow('stft: nFft is a positive integer, got 0');
    expect(() => stft(x, 3, { hopLength: 0.5 })).toThrow('stft: hopLength is a positive integer, got 0.5');
    expect(() => stft(x, 8, { winLength: 9 })).toThrow('stft: winLength 9 is more than nFft 8');
    expect(() => stft(x, 8, { window: hamming })).toThrow('stft: window: [7], expected [8]');
    expect(() => stft(x, 21, { center: false })).toThrow('stft: x: [20] is shorter than one frame of 21');
    expect(() => stft(x, 40)).toThrow("stft: 'reflect' cannot put 20 elements beside the 20");
    expect(() => stft(x, 8, { padMode: 'mirror' as never })).toThrow("stft: there is no padMode 'mirror'");
    expect(() => istft(z, 10)).toThrow('istft: z: [5, 4, 2], expected [6, frames, 2] or [N, 6, frames, 2]');
    expect(() => istft(z, 8, { hopLength: 4, winLength: 3 })).toThrow('istft: windows of 3 numbers, 4 apart');
    expect(() => istft(z, 8, { length: -1 })).toThrow('istft: length is a positive integer, got -1');
    expect(() => istft(signal([5, 1, 2]), 8)).toThrow('istft: 1 frames 2 apart leave nothing');
  });
});

describe('windows', () => {
  it.each(windows)('agree with PyTorch: %s', (window, want) => {
    (window.tolistSync() as number[]).forEach((number, i) => {
      expect(number).toBeCloseTo(want[i], 10);
    });
  });

  it('are [1] and [] for the lengths 1 and 0', () => {
    for (const make of [hannWindow, hammingWindow, blackmanWindow, bartlettWindow, kaiserWindow]) {
      expect(make(1, { periodic: false }).tolistSync()).toEqual([1]);
      expect(make(0).shape).toEqual([0]);
    }
  });

  it('refuse lengths that are none', () => {
    expect(() => hannWindow(-1)).toThrow('hannWindow: the length is an integer of zero or more, got -1');
  });
});
