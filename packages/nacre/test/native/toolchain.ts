import { fileURLToPath } from 'node:url';
import { createNative } from '../../src/runtime/native/tier.node.ts';

/** What tests in C are compiled with, and where it is kept between runs. */

/** Whether the code runs under the sanitizers of addresses and undefined behaviour. `npm run test:sanitize` loads what they need. */
export const sanitize = process.env.NACRE_SANITIZE === '1';

export const cache = fileURLToPath(new URL('../../../../node_modules/.cache/nacre-tests', import.meta.url));

/** Lanes stay vectors without the passes over loops, and to compile takes a third of the time. */
const cheap = ['-O1'];

export const flags: readonly string[] = sanitize
  ? [...cheap, '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g1']
  : cheap;

/** The native tier of tests: a user's own cache stays as it is, and the compiler itself runs without the sanitizer's library. */
export const native = createNative({
  environment: { ...process.env, NACRE_CACHE: cache, LD_PRELOAD: undefined },
  // All programs of the tests, with sanitizers: 0.6 GB. What is compiled first has to be there when the tests begin.
  cache: { limitBytes: 8 * 2 ** 30 },
  compileLimit: 600_000,
});
