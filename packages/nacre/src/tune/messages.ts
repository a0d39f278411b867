import type { DeviceName } from '../tensor/backends/backend.ts';
import type { Outcome } from './trial.ts';

/** What a search tells a process that runs its trials. */
export type ToWorker =
  | { readonly kind: 'open'; readonly module: string; readonly threads: number; readonly device: DeviceName }
  | { readonly kind: 'run'; readonly number: number; readonly seed: number; readonly params: unknown }
  | { readonly kind: 'answer'; readonly stop: boolean }
  | { readonly kind: 'stop' };

/** What such a process tells the search. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'report'; readonly value: number; readonly step: number }
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'crashed'; readonly reason: string };
