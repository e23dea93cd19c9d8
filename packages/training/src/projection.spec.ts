import { project, type PerEntry } from './projection.ts';

const entries = (tensors: Record<string, number[]>): PerEntry =>
  Object.entries(tensors).map(([name, values]) => ({ name, data: Float32Array.from(values) }));

const kept = (delta: ReturnType<typeof project>): Record<string, [number, number][]> =>
  Object.fromEntries(
    [...delta].map(([name, { positions, values }]) => [
      name,
      [...positions].map((position, i): [number, number] => [position, values[i]!]),
    ]),
  );

describe('project', () => {
  it('keeps the largest entries of all parameters together', () => {
    const delta = project(entries({ a: [0.5, -3, 0, 1], b: [2, 0.1, 0, -0.2] }), 0.5);
    expect(kept(delta)).toEqual({
      a: [
        [0, 0.5],
        [1, -3],
        [3, 1],
      ],
      b: [[0, 2]],
    });
  });

  it('keeps ⌊density·d⌋ entries by the density as it was typed', () => {
    const delta = project(entries({ a: Array.from({ length: 100 }, (_, i) => i + 1) }), 0.29);
    expect(delta.get('a')!.positions).toHaveLength(29);
  });

  it('fills up by rank, not by position, where too few are nonzero, and keeps those that are', () => {
    const ranks = () => entries({ a: [0, 1, 9, 3], b: [7, 0, 0, 1e30] });
    const delta = project(entries({ a: [0, 1e-30, 0, 0], b: [0, 0, 0, -5] }), 0.5, ranks);
    expect(kept(delta)).toEqual({
      a: [
        [1, Math.fround(1e-30)],
        [2, 0],
      ],
      b: [
        [0, 0],
        [3, -5],
      ],
    });
  });

  it('asks for no ranks where enough are nonzero', () => {
    const ranks = (): never => {
      throw new Error('not needed');
    };
    expect(project(entries({ a: [1, 0, 2, 0] }), 0.5, ranks).get('a')!.positions).toEqual(
      Uint32Array.of(0, 2),
    );
  });
});
