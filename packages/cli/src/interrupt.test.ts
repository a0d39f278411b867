import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { Interrupt } from './interrupt.ts';

let source: EventEmitter;
let calls: string[];
let now: number;
let interrupt: Interrupt;
beforeEach(() => {
  source = new EventEmitter();
  calls = [];
  now = 0;
  interrupt = new Interrupt({
    source,
    onFirst: () => calls.push('first'),
    onSecond: (exitCode) => calls.push(`second ${exitCode}`),
    milliseconds: () => now,
  });
});

/** A signal as Node delivers it: its name is the first argument too. */
const send = (signal: string) => source.emit(signal, signal);

describe('Interrupt', () => {
  it('does nothing without a signal', () => {
    expect(interrupt.signal.aborted).toBe(false);
    expect(interrupt.exitCode).toBeUndefined();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('aborts at the first %s', (signal, exitCode) => {
    send(signal);
    expect(interrupt.signal.aborted).toBe(true);
    expect(interrupt.exitCode).toBe(exitCode);
    expect(calls).toEqual(['first']);
  });

  it('takes two signals at nearly the same time for one key press', () => {
    send('SIGINT');
    now = 249;
    send('SIGINT');
    expect(calls).toEqual(['first']);
  });

  it('ends at once at the second key press', () => {
    send('SIGINT');
    now = 250;
    send('SIGINT');
    expect(calls).toEqual(['first', 'second 130']);
  });

  it('leaves no listener behind', () => {
    interrupt.dispose();
    expect(source.eventNames()).toEqual([]);
  });
});
