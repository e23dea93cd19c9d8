import { ScorePull } from './score-pull.ts';

it('is so many times the root mean square of the gradient at the step before', () => {
  const pull = new ScorePull(2, 400);
  expect(pull.lambda).toBe(0);
  // a norm of 10 over 400 scores: 0.5 each
  expect(pull.observe(0, 0, { scoresGradientNorm: 10 })).toEqual({ scorePenalty: 0 });
  expect(pull.lambda).toBe(1);
  expect(pull.observe(1, 0, { scoresGradientNorm: 5 })).toEqual({ scorePenalty: 1 });
  expect(pull.lambda).toBe(0.5);
});

it('goes on from its state', () => {
  const [before, after] = [new ScorePull(1, 4), new ScorePull(1, 4)];
  before.observe(0, 0, { scoresGradientNorm: 3 });
  for (const [name, array] of before.state) after.state.get(name)!.set(array);
  expect(after.lambda).toBe(before.lambda);
});
