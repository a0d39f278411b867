import { expect, test } from 'vitest';
import { begin, finish, pause, type Steps } from './steps.ts';

/** What was done, in order. */
let log: string[];

const say = (word: string, result = word) =>
  pause({
    begin: async () => {
      log.push(`begun ${word}`);
      return result;
    },
    now: () => {
      log.push(word);
      return result;
    },
  });

const fail = (word: string) =>
  pause({
    begin: () => Promise.reject(new Error(word)),
    now: () => {
      throw new Error(word);
    },
  });

function* work(): Steps<string> {
  log = [];
  try {
    const first = yield* say('one');
    try {
      yield* fail('two');
    } catch (error) {
      return first + (error as Error).message + (yield* say('three'));
    }
    return 'not reached';
  } finally {
    yield* say('end');
  }
}

test('steps are begun one after the other, or done on the spot; what they throw can be caught', async () => {
  expect(await begin(work())).toBe('onetwothree');
  expect(log).toEqual(['begun one', 'begun three', 'begun end']);
  expect(finish(work())).toBe('onetwothree');
  expect(log).toEqual(['one', 'three', 'end']);
});

test('what nobody catches comes out, after what is to be done in the end', async () => {
  function* failing(): Steps<void> {
    log = [];
    try {
      yield* fail('why');
    } finally {
      yield* say('end');
    }
  }
  await expect(begin(failing())).rejects.toThrow('why');
  expect(log).toEqual(['begun end']);
  expect(() => finish(failing())).toThrow('why');
  expect(log).toEqual(['end']);
});
