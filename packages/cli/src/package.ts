import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// This module and what is built from it lie one folder below the package: src/package.ts, dist/*.js.
const inPackage = (path: string): URL => new URL(`../${path}`, import.meta.url);

/** The picture of a digit that comes with the package. */
export const sampleDigit = fileURLToPath(inPackage('assets/digit.png'));

/** The version of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string };
  return version;
}
