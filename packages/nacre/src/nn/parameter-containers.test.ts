import { expect, test } from 'vitest';
import { SGD } from '../optim/sgd.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

class Polynomial extends nn.Module {
  readonly coefficients = new nn.ParameterList([1, 2, 3].map((value) => new nn.Parameter(tensor(value))));
  readonly named = new nn.ParameterDict({ shift: new nn.Parameter(tensor(0.5)) });

  forward(x: Tensor): Tensor {
    const sum = [...this.coefficients].reduce((total: Tensor, c) => total.mul(x).add(c), zeros([]));
    return sum.add(this.named.get('shift'));
  }
}

test('parameters in lists and by name are trained and kept', () => {
  const model = new Polynomial();
  expect(Object.keys(model.stateDict())).toEqual([
    'coefficients.0',
    'coefficients.1',
    'coefficients.2',
    'named.shift',
  ]);
  const sgd = new SGD(model.parameters(), { lr: 0.5 });
  const y = model.forward(tensor(2));
  expect(y.itemSync()).toBe(11.5);
  y.backward();
  sgd.step();
  expect([...model.coefficients].map((c) => c.itemSync())).toEqual([-1, 1, 2.5]);
  const other = new Polynomial();
  other.loadStateDict(model.stateDict());
  expect(other.coefficients.at(-1).itemSync()).toBe(2.5);
  expect([other.coefficients.length, other.named.size, other.named.has('scale')]).toEqual([3, 1, false]);
});

test('errors say what is wrong', () => {
  const list = new nn.ParameterList();
  expect(() => list.push(zeros([1]) as unknown as nn.Parameter)).toThrow(
    'ParameterList: takes parameters, got object. Make one',
  );
  expect(() => list.at(0)).toThrow('ParameterList: there is no parameter 0 among 0');
  const dict = new nn.ParameterDict([['a', new nn.Parameter(zeros([1]))]]);
  expect(() => dict.get('b')).toThrow("ParameterDict: there is no parameter 'b'. Known are: a");
  expect(() => dict.set('a.b', new nn.Parameter(zeros([1])))).toThrow('a name is not empty and has no dot');
  expect(() => dict.forward()).toThrow('ParameterDict: has no forward of its own');
});
