/** Names of parts in checkpoints of other libraries, where they differ from the fields of a class. */
import { snakeNames } from '../nn/attention.ts';

/** Fields under the names of a checkpoint: those listed in `special`, and else the field's own with `_a` for `A`. */
export const checkpointNames = (
  fields: Iterable<readonly [string, unknown]>,
  special: Readonly<Record<string, string>>,
): [string, unknown][] =>
  [...fields].map(([name, value]) =>
    name in special ? [special[name], value] : snakeNames([[name, value]])[0],
  );
