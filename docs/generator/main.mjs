// `npm run docs:api [-- folder]`: writes the reference, into docs/api unless another folder is named. The generator is TypeScript, which
// Vite loads.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = resolve(process.argv[2] ?? at('../api'));
const { module } = await runnerImport(at('write.ts'), { root: at('../..'), logLevel: 'warn' });
const { pages, names } = module.writeReference(at('../../packages/nacre/src'), folder);
console.log(`${folder}: ${pages} pages, ${names} names`);
