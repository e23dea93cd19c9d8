import { measured, ratio } from './statistics.ts';

it('takes the median and the quartiles', () => {
  expect(measured([5, 1, 4, 2, 3])).toEqual({ median: 3, spread: [2, 4], samples: 5 });
  expect(measured([1, 2])).toEqual({ median: 1.5, spread: [1.25, 1.75], samples: 2 });
  expect(() => measured([])).toThrow('nothing was measured');
});

it('compares series round by round, so that a machine that slows down changes nothing', () => {
  const slower = [1, 2, 4, 8];
  const twice = slower.map((value) => 2 * value);
  expect(ratio(twice, slower)).toMatchObject({ median: 2, spread: [2, 2] });
  expect(() => ratio([1], [1, 2])).toThrow('in turns');
});
