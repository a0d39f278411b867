/** The constant numbers of Fourier transforms: computed once in float64, rounded to the dtype, and kept while they are in use. */
import { byteSize } from '../../base/dtype.ts';
import { type Shape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { memoryNode, store } from '../engine.ts';

/** Direction of a transform: the sign of the exponent. */
export type Sign = -1 | 1;

/** The dtypes transforms are computed in. */
export type Precision = 'float32' | 'float64';

/** Bytes of tables that are kept. What is used now is kept even if it is larger. */
const byteLimit = 1 << 25;

const known = new Map<string, Node>();
let bytes = 0;

const bytesOf = (node: Node): number => byteSize(node.dtype, sizeOf(node.shape));

/** The table of a key, least recently used first to go. A program that uses one keeps it alive by itself. */
function table(key: string, dtype: Precision, shape: Shape, fill: (out: Float64Array) => void): Node {
  const name = `${key}|${dtype}`;
  let node = known.get(name);
  if (node) known.delete(name);
  else {
    const numbers = new Float64Array(sizeOf(shape));
    fill(numbers);
    node = memoryNode(store(dtype === 'float64' ? numbers : Float32Array.from(numbers), dtype), shape);
    bytes += bytesOf(node);
  }
  known.set(name, node);
  for (const [oldest, dropped] of known) {
    if (bytes <= byteLimit || dropped === node) break;
    known.delete(oldest);
    bytes -= bytesOf(dropped);
  }
  return node;
}

/** How many tables are kept, and their bytes. */
export const keptTables = (): { count: number; bytes: number } => ({ count: known.size, bytes });

/** cos and sin of 2π·numerator/denominator, exact at whole quarters. */
export function unit(numerator: number, denominator: number): readonly [cos: number, sin: number] {
  // In eighths of a turn: the angle is folded into the first one, where both functions are most exact.
  const turn = ((numerator % denominator) + denominator) % denominator;
  const eighth = Math.floor((8 * turn) / denominator);
  const quarter = Math.floor((eighth + 1) / 2);
  const angle = (2 * Math.PI * (turn - (quarter * denominator) / 4)) / denominator;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  switch (quarter % 4) {
    case 0:
      return [cos, sin];
    case 1:
      return [-sin, cos];
    case 2:
      return [-cos, -sin];
    default:
      return [sin, -cos];
  }
}

const tag = (...parts: readonly (string | number)[]): string => parts.join(' ');

/**
 * The discrete Fourier transform of `length` numbers as a real matrix: rows are the results, real parts then imaginary parts; columns
 * the operands, real parts and, unless they are real, imaginary parts.
 */
export const dftMatrix = (dtype: Precision, length: number, sign: Sign, parts: 1 | 2): Node =>
  table(tag('dft', length, sign, parts), dtype, [2 * length, parts * length], (out) => {
    for (let k = 0; k < length; k++) {
      for (let j = 0; j < length; j++) {
        const [cos, sin] = unit(sign * ((j * k) % length), length);
        const re = k * parts * length + j;
        const im = re + length * parts * length;
        out[re] = cos;
        out[im] = sin;
        if (parts === 1) continue;
        out[re + length] = -sin;
        out[im + length] = cos;
      }
    }
  });

/** A complex number for each place: its real part, and its imaginary part once negative and once not, to be multiplied by two sums. */
export interface Factors {
  readonly re: Node;
  /** [2, ...]: minus the imaginary parts, and the imaginary parts. */
  readonly im: Node;
}

function factors(
  key: string,
  dtype: Precision,
  shape: Shape,
  at: (position: number) => readonly [re: number, im: number],
): Factors {
  const size = sizeOf(shape);
  return {
    re: table(tag(key, 're'), dtype, shape, (out) => {
      for (let i = 0; i < size; i++) out[i] = at(i)[0];
    }),
    im: table(tag(key, 'im'), dtype, [2, ...shape], (out) => {
      for (let i = 0; i < size; i++) {
        out[size + i] = at(i)[1];
        out[i] = -out[size + i];
      }
    }),
  };
}

/** What stands between two steps of a transform of `length`: exp(±2πi·b·k/length) for k below `radix` and b below length/radix. */
export function twiddles(dtype: Precision, length: number, radix: number, sign: Sign): Factors {
  const rest = length / radix;
  return factors(tag('twiddle', length, radix, sign), dtype, [radix, rest, 1], (i) =>
    unit(sign * Math.floor(i / rest) * (i % rest), length),
  );
}

/** exp(±iπj²/length), the chirp of Bluestein's transform, for j below `length`. */
const chirpAt = (j: number, length: number, sign: Sign): readonly [number, number] =>
  unit(sign * ((j * j) % (2 * length)), 2 * length);

export const chirp = (dtype: Precision, length: number, sign: Sign): Factors =>
  factors(tag('chirp', length, sign), dtype, [length, 1], (j) => chirpAt(j, length, sign));

/** The transform of the conjugate chirp laid around a circle of `circle` places, divided by `circle`. */
export function chirpSpectrum(dtype: Precision, length: number, circle: number, sign: Sign): Factors {
  let spectrum: readonly [Float64Array, Float64Array] | null = null;
  const compute = (): readonly [Float64Array, Float64Array] => {
    const re = new Float64Array(circle);
    const im = new Float64Array(circle);
    for (let j = 0; j < length; j++) {
      const [cos, sin] = chirpAt(j, length, sign);
      re[j] = re[(circle - j) % circle] = cos / circle;
      im[j] = im[(circle - j) % circle] = -sin / circle;
    }
    return powerOfTwo(re, im);
  };
  return factors(tag('chirp spectrum', length, circle, sign), dtype, [circle, 1], (k) => {
    spectrum ??= compute();
    return [spectrum[0][k], spectrum[1][k]];
  });
}

/** The forward transform of a power of two of numbers, for tables: halves, again and again (Cooley and Tukey, 1965). */
function powerOfTwo(re: Float64Array, im: Float64Array): readonly [Float64Array, Float64Array] {
  const length = re.length;
  if (length === 1) return [re, im];
  const every = (x: Float64Array, from: number): Float64Array => x.filter((_, i) => i % 2 === from);
  const [evenRe, evenIm] = powerOfTwo(every(re, 0), every(im, 0));
  const [oddRe, oddIm] = powerOfTwo(every(re, 1), every(im, 1));
  const outRe = new Float64Array(length);
  const outIm = new Float64Array(length);
  const half = length / 2;
  for (let k = 0; k < half; k++) {
    const [cos, sin] = unit(-k, length);
    const turnedRe = oddRe[k] * cos - oddIm[k] * sin;
    const turnedIm = oddRe[k] * sin + oddIm[k] * cos;
    outRe[k] = evenRe[k] + turnedRe;
    outIm[k] = evenIm[k] + turnedIm;
    outRe[k + half] = evenRe[k] - turnedRe;
    outIm[k + half] = evenIm[k] - turnedIm;
  }
  return [outRe, outIm];
}

/**
 * What joins the two halves of a real transform of an even length, computed as a complex one of half the length m: (1 - i·w)/2 with
 * w = exp(-πik/m) on the way there, its conjugate on the way back, for k from 0 to m.
 */
export const halves = (dtype: Precision, half: number, sign: Sign): Factors =>
  factors(tag('halves', half, sign), dtype, [half + 1, 1], (k) => {
    const [cos, sin] = unit(k, 2 * half);
    return [(1 - sin) / 2, (sign * cos) / 2];
  });

/** [2, 1, 1]: what conjugates planar numbers. */
export const conjugation = (dtype: Precision): Node =>
  table('conjugation', dtype, [2, 1, 1], (out) => out.set([1, -1]));

/** [2, bins, 1]: 0 for the imaginary parts that a transform to `length` real numbers does not see, 1 elsewhere. */
export const realBins = (dtype: Precision, length: number): Node => {
  const bins = Math.floor(length / 2) + 1;
  return table(tag('real bins', length), dtype, [2, bins, 1], (out) => {
    out.fill(1);
    out[bins] = 0;
    if (length % 2 === 0) out[2 * bins - 1] = 0;
  });
};
