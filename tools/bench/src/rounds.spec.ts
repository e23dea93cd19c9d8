import { roundsOf } from './rounds.ts';

it('leaves out the sizes that a quick run has no rounds of', () => {
  const rounds = { tiny: [9, 3], base: [4, 0] } as const;
  expect(roundsOf(rounds, false)).toEqual([
    ['tiny', 9],
    ['base', 4],
  ]);
  expect(roundsOf(rounds, true)).toEqual([['tiny', 3]]);
});
