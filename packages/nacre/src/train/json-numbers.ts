/** JSON has no number that is not finite: such a loss is kept as an object. */

const notFinite: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** For `JSON.stringify`: numbers that are not finite as objects. */
export const writeNumber = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;

/** For `JSON.parse`: makes them numbers again. */
export function readNumber(_: string, value: unknown): unknown {
  if (!isObject(value) || typeof value.number !== 'string' || Object.keys(value).length !== 1) return value;
  return notFinite[value.number] ?? value;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
