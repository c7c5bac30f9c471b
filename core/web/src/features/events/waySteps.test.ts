import { expect, test } from 'vitest';
import { waits } from './waySteps';

test('counts from the timed step before, over steps without a time', () => {
  const hop = (name: string, time: number | null) => ({ hop: name, where: '', time, done: true });
  const steps = waits([hop('received', 1000), hop('logged', 1004), hop('correlator', null), hop('stored', 1250)]);
  expect(steps.map((step) => step.afterMillis)).toEqual([null, 4, null, 246]);
});

test('says nothing where a clock stands behind', () => {
  const steps = waits([{ hop: 'received', where: '', time: 2000, done: true }, { hop: 'logged', where: '', time: 1990, done: true }]);
  expect(steps.map((step) => step.afterMillis)).toEqual([null, null]);
});
