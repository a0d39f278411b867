import { makeOrt } from '../../peers/ort-web.mjs';
import { options } from './measure.mjs';
import { measureOrt } from './ort.mjs';

await measureOrt(makeOrt(options.threads));
// Its threads keep the process alive.
process.exit();
