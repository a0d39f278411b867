import type { Parameter } from './parameter.ts';
import type { Domain } from './space.ts';

/** One proposal: by path, the number that was chosen for each parameter that matters. */
export type Point = Readonly<Record<string, number>>;

/** Walks through a space and keeps what is chosen on the way. */
export function pointOf(
  space: Domain<unknown>,
  choose: (path: string, parameter: Parameter) => number,
): Point {
  const point: Record<string, number> = {};
  space.realise('', (path, parameter) => (point[path] = choose(path, parameter)));
  return point;
}

/** The parameters of a point, in the order of the space. */
export function parametersOf(space: Domain<unknown>, point: Point): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  space.realise('', (path, parameter) => {
    found.set(path, parameter);
    return point[path];
  });
  return found;
}

/** The parameters that any of the points has, in the order of the space: each stands behind what comes before it in its points. */
export function parametersOfAll(space: Domain<unknown>, points: readonly Point[]): Map<string, Parameter> {
  const found: (readonly [path: string, parameter: Parameter])[] = [];
  const known = new Set<string>();
  for (const point of points) {
    let place = 0;
    for (const [path, parameter] of parametersOf(space, point)) {
      if (!known.has(path)) found.splice(place, 0, [path, parameter]);
      known.add(path);
      place = found.findIndex(([other]) => other === path) + 1;
    }
  }
  return new Map(found);
}

/** What the objective is given for a point. */
export const paramsOf = <P>(space: Domain<P>, point: Point): P => space.realise('', (path) => point[path]);
