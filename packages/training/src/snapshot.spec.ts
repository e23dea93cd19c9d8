import { deltaOf, restore, type Snapshot } from './snapshot.ts';

const snapshot = (arrays: Record<string, number[]>, stage = 0): Snapshot => {
  const typed = Object.entries(arrays).map(([name, values]): [string, Float32Array | Uint32Array] => [
    name,
    name.endsWith('/positions') ? Uint32Array.from(values) : Float32Array.from(values),
  ]);
  return { stage, step: 3, arrays: new Map(typed) };
};

describe('restore', () => {
  it("moves the arrays: the state has their values, the snapshot's memory is gone", () => {
    const saved = snapshot({ 'w/m': [1, 2], w: [3, 4, 5] });
    const state = new Map([
      ['w', new Float32Array(3)],
      ['w/m', new Float32Array(2)],
    ]);
    restore(state, saved);
    expect(Object.fromEntries(state)).toEqual({ w: Float32Array.of(3, 4, 5), 'w/m': Float32Array.of(1, 2) });
    expect([...saved.arrays.values()].map(({ buffer }) => buffer.byteLength)).toEqual([0, 0]);
    expect(() => restore(state, saved)).toThrow("the checkpoint's w has 0 entries, expected 3");
  });

  it('names an array that is missing or of another length', () => {
    const state = new Map([['w', new Float32Array(3)]]);
    expect(() => restore(state, snapshot({}))).toThrow("the checkpoint's w has no entries, expected 3");
    expect(() => restore(state, snapshot({ w: [1] }))).toThrow("the checkpoint's w has 1 entries, expected 3");
  });
});

describe('deltaOf', () => {
  it('copies the diff of fixed-mask fine-tuning, so that restoring leaves it whole', () => {
    const saved = snapshot({ 'w/positions': [1, 7], 'w/delta': [0.5, -1], 'w/delta/m': [0, 0] }, 1);
    const delta = deltaOf(saved)!;
    const state = new Map([['w/positions', delta.get('w')!.positions]]);
    restore(state, saved);
    expect(Object.fromEntries(delta)).toEqual({
      w: { positions: Uint32Array.of(1, 7), values: Float32Array.of(0.5, -1) },
    });
    expect(deltaOf(snapshot({ w: [1] }))).toBeUndefined();
  });
});
