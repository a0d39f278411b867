// `npm run docs:api`: writes docs/api. The generator is TypeScript, which Vite loads.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { module } = await runnerImport(fileURLToPath(new URL('write.ts', import.meta.url)), { root });
const { pages, names } = module.writeReference(root);
console.log(`docs/api: ${pages} pages, ${names} names`);
