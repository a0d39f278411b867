import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// This module and what is built from it lie one folder below the package: src/package.ts, dist/*.js.
const inPackage = (path: string): URL => new URL(`../${path}`, import.meta.url);

/** The picture of a digit that comes with the package. */
export const sampleDigit = fileURLToPath(inPackage('assets/digit.png'));

/** An example that comes with the package: a program of its own. It is there once the package is built. */
export const exampleFile = (name: string): string => fileURLToPath(inPackage(`dist/examples/${name}.js`));

/** The version of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string };
  return version;
}
