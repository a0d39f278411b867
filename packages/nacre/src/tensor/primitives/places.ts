import { type Shape, sizeOf } from '../../base/shape.ts';

/** Visits every place of a shape in row-major order. `at` is one array, changed from visit to visit. */
export function forEachPlace(shape: Shape, visit: (at: readonly number[], position: number) => void): void {
  const size = sizeOf(shape);
  const at = new Array<number>(shape.length).fill(0);
  for (let position = 0; position < size; position++) {
    visit(at, position);
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis] === shape[axis]; axis--) at[axis] = 0;
  }
}

/** The elements of a shape, each computed from its place. */
export function fromPlaces(
  shape: Shape,
  value: (at: readonly number[], position: number) => number,
): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  forEachPlace(shape, (at, position) => {
    out[position] = value(at, position);
  });
  return out;
}

/** Where a place lies in memory of the given strides. */
export function offsetOf(at: readonly number[], strides: readonly number[]): number {
  let offset = 0;
  for (let axis = 0; axis < at.length; axis++) offset += at[axis] * strides[axis];
  return offset;
}
