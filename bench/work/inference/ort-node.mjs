import { ort } from '../../peers/ort-node.mjs';
import { measureOrt } from './ort.mjs';

await measureOrt(ort);
