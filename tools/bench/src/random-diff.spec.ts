import { density, randomDiff } from './random-diff.ts';

it('changes as many entries of each tensor as its share, in ascending order', () => {
  const shapes = [
    { name: 'weight', shape: [300, 1000] },
    { name: 'bias', shape: [50_000] },
  ];
  const diff = randomDiff(shapes);
  expect(diff.map(({ name }) => name)).toEqual(['weight', 'bias']);
  for (const { shape, positions, values } of diff) {
    const elements = shape.reduce((product, axis) => product * axis);
    const expected = density * elements;
    expect(Math.abs(positions.length - expected)).toBeLessThan(5 * Math.sqrt(expected));
    expect(values).toHaveLength(positions.length);
    expect(positions.every((position, i) => i === 0 || position > positions[i - 1]!)).toBe(true);
    expect(positions.at(-1)).toBeLessThan(elements);
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(Math.sqrt(square) / 0.01 - 1)).toBeLessThan(0.2);
  }
  expect(randomDiff(shapes)).toEqual(diff);
});
