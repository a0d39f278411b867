import { replaceDevice } from '../src/tensor/engine.ts';

// `NACRE_TIER=native npx vitest run`: what the tests ask of WebAssembly, compiled C does.
replaceDevice('wasm', 'native');
