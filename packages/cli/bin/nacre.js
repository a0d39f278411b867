#!/usr/bin/env node
// A file of its own, beside dist/, so that `npm ci` finds it before the first build and links `npx nacre` to it.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('nacre: the command line is not built yet. Run: npm run build');
  process.exitCode = 1;
}
