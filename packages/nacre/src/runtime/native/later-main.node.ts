import { buildLeft } from './later.node.ts';
import { native } from './native.node.ts';

// A process of its own, started when another one has ended: see `buildAtExit`.
await buildLeft(native, process.argv[2]);
