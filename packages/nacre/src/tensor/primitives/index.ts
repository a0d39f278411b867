import { register } from './apply.ts';
import { attributedRecords, binaryRecords, unaryRecords } from './elementwise.ts';
import type { Records } from './record.ts';
import { reductionRecords } from './reductions.ts';
import { ruleRecords } from './rules.ts';
import { scanRecords } from './scan.ts';
import { sortingRecords } from './sorting.ts';
import { sourceRecords } from './sources.ts';
import { structuredRecords } from './structured.ts';
import { viewRecords } from './views.ts';

/** Every primitive of the library. One that is declared but has no record, or a record that lacks a part, does not compile. */
export const records: Records = {
  ...sourceRecords,
  ...unaryRecords,
  ...binaryRecords,
  ...attributedRecords,
  ...viewRecords,
  ...reductionRecords,
  ...structuredRecords,
  ...sortingRecords,
  ...scanRecords,
  ...ruleRecords,
};

/** Makes the table known to `apply`, which the records themselves use: called before the first operation. */
export const registerPrimitives = (): void => register(records);
