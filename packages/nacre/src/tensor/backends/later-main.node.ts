import { native } from '../../runtime/native/native.node.ts';
import { registerPrimitives } from '../primitives/index.ts';
import { buildLeft } from './later.node.ts';

// A process of its own, started when another one has ended: see `buildAtExit`.
registerPrimitives();
await buildLeft(native, process.argv[2]);
