import { compileCollected } from './collection.ts';

/** Before the tests run in C: compiles what the run before has collected. */
export default async function setup(): Promise<void> {
  const start = performance.now();
  const programs = await compileCollected();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${programs} programs compiled, or found in the cache, in ${seconds} s`);
}
