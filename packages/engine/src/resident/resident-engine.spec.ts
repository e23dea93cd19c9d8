import { segmentOf, type HalfFormat } from '@diffprune/inference-kernels';
import { random } from '@diffprune/testing/random';
import * as tf from '@tensorflow/tfjs';
import { createEngine } from '../create-engine.ts';
import { attention, embed, layerNorm, linear } from '../index.ts';
import type { TensorFunction, TensorSpec } from '../program.ts';
import { Overlay, type WeightChange } from './overlay.ts';
import { createResidentEngine, type ResidentEngine } from './resident-engine.ts';

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
const int = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' });

const [examples, length, hidden, heads, wide, vocabulary] = [3, 5, 12, 2, 20, 9];
const specs = {
  ...{ ids: int(examples, length), types: int(examples, length), mask: int(examples, length) },
  ...{ words: float(vocabulary, hidden), places: float(length + 2, hidden), kinds: float(2, hidden) },
  ...{ scale: float(hidden), shift: float(hidden) },
  ...{ wq: float(hidden, hidden), bq: float(hidden), wk: float(hidden, hidden), bk: float(hidden) },
  ...{ w1: float(wide, hidden), b1: float(wide), w2: float(hidden, wide), b2: float(hidden) },
};
type Inputs = Record<keyof typeof specs, tf.Tensor>;

/** A small encoder in all operations that there are, and parts of what comes out. */
function model(inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  const t = inputs as Inputs & Record<string, never>;
  const tables = { words: t.words, positions: t.places, types: t.kinds } as never;
  const x = layerNorm(
    embed(t.ids as never, t.types as never, tables),
    t.scale as never,
    t.shift as never,
    1e-6,
  );
  const query = linear(x, t.wq as never, t.bq as never);
  const key = linear(x, t.wk as never, t.bk as never);
  const mixed = attention({ query, key, value: x }, t.mask as never, heads);
  const middle = layerNorm(mixed, t.scale as never, t.shift as never, 1e-6, x);
  const inner = linear(middle, t.w1 as never, t.b1 as never, 'gelu');
  const states = tf.add(linear(inner, t.w2 as never, t.b2 as never, 'tanh'), middle);
  const rows = tf.reshape(states, [examples, length, hidden]);
  return {
    states: rows,
    first: tf.reshape(tf.slice(rows, [0, 0, 0], [examples, 1, hidden]), [examples, hidden]),
    third: tf.reshape(tf.slice(states, [0, 2], [-1, 1]), [examples, length]),
    last: tf.slice(rows, [2, 0, 0], [1, length, hidden]),
  };
}

const numbers = random(3);
const values: Record<string, Float32Array | Int32Array> = Object.fromEntries(
  Object.entries(specs).map(([name, { shape, dtype }]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const limit = { ids: vocabulary, types: 2, mask: 2 }[name] ?? 1;
    return dtype === 'int32'
      ? [name, Int32Array.from({ length: size }, () => Math.floor(limit * numbers()))]
      : [name, Float32Array.from({ length: size }, () => 2 * numbers() - 1)];
  }),
);
const batch = { ids: values['ids']!, types: values['types']!, mask: values['mask']!.fill(1, 0, 7) };

async function resident(fn: TensorFunction, inputs: Record<string, TensorSpec>, threads = 1) {
  const engine = await createResidentEngine({ threads });
  const program = await engine.compile(fn, inputs);
  for (const name of Object.keys(inputs)) {
    if (engine.weights.has(name)) engine.weights.write(name, values[name] as Float32Array);
  }
  return { engine, program };
}

describe.each([1, 2])('on %d threads', (threads) => {
  it('operations give what their definitions give', async () => {
    const { engine, program } = await resident(model, specs, threads);
    const eager = await (await createEngine('tfjs-cpu')).compile(model, specs);
    const expected = await eager.run(values);
    const actual = await program.run(batch);
    expect(Object.keys(actual)).toEqual(['states', 'first', 'third', 'last']);
    for (const [name, numbers] of Object.entries(expected)) {
      expect(actual[name]!.length).toBe(numbers.length);
      const worst = Math.max(...Array.from(numbers, (x, i) => Math.abs(x - actual[name]![i]!)));
      expect(worst).toBeLessThan(1e-5);
    }
    engine.dispose();
  });

  it('programs of several sizes share weights and memory, however they are called', async () => {
    const { engine, program } = await resident(model, specs, threads);
    const alone = await program.run(batch);
    const sizes = [2, 64, 1];
    const pooled: TensorFunction = (t) => ({
      y: linear(
        layerNorm(
          linear(embedding(t), t['w1'] as never, t['b1'] as never),
          t['w'] as never,
          t['b'] as never,
          1e-6,
        ),
        t['w2'] as never,
        t['b2'] as never,
      ),
    });
    const embedding = (t: Record<string, tf.Tensor>) =>
      embed(
        t['ids'] as never,
        t['types'] as never,
        { words: t['words'], positions: t['places'], types: t['kinds'] } as never,
      );
    const others = await Promise.all(
      sizes.map((n) => {
        const { words, places, kinds, w1, b1, w2, b2 } = specs;
        return engine.compile(pooled, {
          ids: int(n, length),
          types: int(n, length),
          words,
          places,
          kinds,
          w1,
          b1,
          w2,
          b2,
          w: float(wide),
          b: float(wide),
        });
      }),
    );
    engine.weights.write('w', new Float32Array(wide).fill(1));
    const inputs = sizes.map((n) => ({
      ids: new Int32Array(n * length).fill(4),
      types: new Int32Array(n * length),
    }));
    const together = await Promise.all([
      ...others.map((other, i) => other.run(inputs[i]!)),
      ...[program.run(batch), others[1]!.run(inputs[1]!), program.run(batch)],
    ]);
    expect([together[3], together[5]]).toEqual([alone, alone]);
    expect(together[4]).toEqual(together[1]);
    const row = Array.from(together[2]!['y']!);
    for (const { y } of together.slice(0, 2)) {
      for (let at = 0; at < y!.length; at += row.length)
        expect(Array.from(y!.subarray(at, at + row.length))).toEqual(row);
    }
    await others[0]!.dispose();
    await expect(others[0]!.run(inputs[0]!)).rejects.toThrow('disposed');
    expect(await program.run(batch)).toEqual(alone);
    engine.dispose();
  });
});

describe('weights', () => {
  let engine: ResidentEngine;
  beforeAll(async () => {
    ({ engine } = await resident(model, specs));
  });

  it('are read back as they were written', async () => {
    for (const [name, { dtype }] of Object.entries(specs)) {
      if (dtype === 'float32') expect(await engine.weights.read(name)).toEqual(values[name]);
    }
  });

  it('are found by their offsets', async () => {
    for (const name of ['w1', 'w2', 'words', 'scale']) {
      const all = values[name]!;
      const offsets = new Uint32Array(all.length + 1);
      const place = engine.weights.place(name);
      const indices = all.map((_, i) => i);
      engine.memory.offsets(place, indices, offsets, 1);
      const segment = await engine.memory.readWords(place.at, place.bytes / 4);
      const found = new Float32Array(segment.buffer);
      const first = place.at - segmentOf(place.at);
      expect(Array.from(offsets.subarray(1), (at) => found[(at - first) / 4])).toEqual(Array.from(all));
    }
  });

  it('keep their shape and layout, and are named where they are not there', () => {
    const { weights } = engine;
    expect(() => weights.add('w1', [wide, hidden + 1], 'matrix')).toThrow(
      '"w1" is resident as a matrix [20,12]',
    );
    expect(() => weights.at('words', 'matrix')).toThrow(
      '"words" is resident as a table, and read as a matrix',
    );
    expect(() => weights.read('w3')).toThrow('no weights are resident as "w3"');
    const { taken } = engine.memory;
    weights.add('more', [100, 100], 'matrix');
    weights.remove('more');
    expect(engine.memory.taken).toBe(taken);
  });
});

const trim: Record<HalfFormat, (x: number) => number> = {
  bf16: (x) => {
    const bits = Float32Array.of(x);
    new Uint32Array(bits.buffer)[0]! &= 0xffff0000;
    return bits[0]!;
  },
  // Below 2^-14 a multiple of 2^-24, else eleven digits.
  f16: (x) => {
    const unit = 2 ** Math.max(-24, Math.floor(Math.log2(Math.abs(x))) - 10);
    return Math.round(x / unit) * unit;
  },
};

describe.each(['f16', 'bf16'] as const)('weights kept as %s', (half) => {
  const some = random(9);
  const number = (): number => (some() < 0.2 ? 1e-5 : 1) * (4 * some() - 2);
  const given: Record<string, Float32Array> = {};
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    if (dtype === 'int32') continue;
    given[name] = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => trim[half](number()));
  }
  const large = Object.keys(given).filter((name) => specs[name as keyof typeof specs].shape.length > 1);

  it.each([1, 2])('give the same bits, with changes on and off, on %d threads', async (threads) => {
    const [full, small] = await Promise.all(
      [undefined, half].map(async (kept) => {
        const engine = await createResidentEngine({ threads });
        for (const name of large) {
          const layout = ['words', 'places', 'kinds'].includes(name) ? 'table' : 'matrix';
          const isHalf = layout === 'matrix' || name === 'words';
          engine.weights.add(
            name,
            specs[name as keyof typeof specs].shape,
            layout,
            isHalf ? kept : undefined,
          );
        }
        const program = await engine.compile(model, specs);
        for (const [name, numbers] of Object.entries(given)) engine.weights.write(name, numbers);
        return { engine, program };
      }),
    );
    const place = (name: string) => small!.engine.weights.place(name);
    expect(place('w1').half).toBe(half);
    expect(place('w1').bytes - 64).toBe(full!.engine.weights.place('w1').bytes / 2);
    const compare = async (changed: boolean): Promise<void> => {
      const expected = await full!.program.run(batch);
      expect(await small!.program.run(batch)).toEqual(expected);
      for (const name of large) {
        const numbers = await full!.engine.weights.read(name);
        expect(await small!.engine.weights.read(name)).toEqual(numbers);
        expect(String(numbers) === String(given[name])).toBe(!changed || !['w1', 'words'].includes(name));
      }
    };
    await compare(false);
    const after = (before: Float32Array) => before.map((x, i) => x + 0.1 * (i + 1));
    const last = wide * hidden - 1;
    for (const positions of [
      [Uint32Array.of(200, 3, last, 0, 77), Uint32Array.of(hidden, hidden - 1, 107)],
      [],
    ]) {
      const taken = small!.engine.memory.taken;
      const changes = ['w1', 'words'].map((name, i) => ({ name, positions: positions[i], after }));
      const overlays = await Promise.all(
        [full!, small!].map(({ engine }) => Overlay.create(engine.weights, changes)),
      );
      for (let i = 0; i < 3; i++) {
        await compare(i % 2 === 1);
        for (const overlay of overlays) overlay.toggle();
      }
      for (const overlay of overlays) overlay.dispose();
      await compare(false);
      expect(small!.engine.memory.taken).toBe(taken);
    }
    for (const { engine } of [full!, small!]) engine.dispose();
  });
});

describe('what fails gives back what it took', () => {
  it('changes that cannot be made', async () => {
    const { engine, program } = await resident(model, specs);
    const expected = await program.run(batch);
    const { taken } = engine.memory;
    const fine: WeightChange = {
      ...{ name: 'w1', positions: Uint32Array.of(3, 0) },
      after: (before) => before.map((x) => x + 1),
    };
    const whole: WeightChange = { name: 'w2', positions: undefined, after: (before) => before };
    const broken: WeightChange = {
      ...{ name: 'b1', positions: Uint32Array.of(1) },
      after: () => {
        throw new Error('no such change');
      },
    };
    for (const [changes, message] of [
      [[fine, whole, broken], 'no such change'],
      [[whole, { ...fine, name: 'w9' }], 'no weights are resident as "w9"'],
    ] as const) {
      await expect(Overlay.create(engine.weights, changes)).rejects.toThrow(message);
      expect(engine.memory.taken).toBe(taken);
    }
    expect(await program.run(batch)).toEqual(expected);
    const overlay = await Overlay.create(engine.weights, [fine, whole]);
    expect(overlay.bytes).toBe(4 * 12 + engine.weights.place('w2').bytes); // words by fours
    overlay.toggle();
    expect(await program.run(batch)).not.toEqual(expected);
    overlay.dispose();
    expect(engine.memory.taken).toBe(taken);
    expect(await program.run(batch)).toEqual(expected);
    engine.dispose();
  });

  it('programs that cannot be made', async () => {
    const engine = await createResidentEngine();
    const { taken } = engine.memory;
    const fn: TensorFunction = (t) => ({ ...model(t), other: tf.exp(t['w1']!) });
    await expect(engine.compile(fn, specs)).rejects.toThrow('computes Exp');
    expect([engine.weights.names, engine.memory.taken]).toEqual([[], taken]);
    engine.dispose();
  });
});

it('an index that a table does not have is refused, with its place', async () => {
  const { engine, program } = await resident(model, specs);
  const [ids, types] = [batch.ids.slice(), batch.types.slice()];
  ids[4] = vocabulary;
  await expect(program.run({ ...batch, ids })).rejects.toThrow(`input 'ids' has 9 at 4; "words" has 9 rows`);
  types[14] = -1;
  await expect(program.run({ ...batch, types })).rejects.toThrow(
    `input 'types' has -1 at 14; "kinds" has 2 rows`,
  );
  await expect(program.run({ ...batch, words: values['words']! })).rejects.toThrow("'words' is no input");
  engine.dispose();
});

it.each<[string, TensorFunction, string]>([
  ['another operation', ({ words }) => ({ y: tf.exp(words!) }), 'computes Exp (float32[9,12])'],
  [
    'weights as rows',
    ({ w1, wq, bq }) => ({ y: linear(w1 as never, wq as never, bq as never) }),
    'computes with an input as rows',
  ],
  [
    'weights that are computed',
    ({ ids, types, words, places, kinds, wq, bq, wide }) => {
      const tables = { words, positions: places, types: kinds };
      const x = embed(ids as never, types as never, tables as never);
      return { y: linear(x, linear(x, wq as never, bq as never), wide as never) };
    },
    'computed weights',
  ],
  ['a sum of other shapes', ({ words, b2 }) => ({ y: tf.add(words!, b2!) }), 'computes Add'],
])('%s is refused by name', async (_, fn, message) => {
  const engine = await createResidentEngine();
  const inputs = { ...specs, wide: float(examples * length) };
  await expect(engine.compile(fn, inputs)).rejects.toThrow(message);
  engine.dispose();
});

it.each<[string, () => tf.Tensor]>([
  [
    'linear: `x` has shape [2,3], expected [2,4]',
    () => linear(tf.ones([2, 3]), tf.ones([5, 4]), tf.ones([5])),
  ],
  [
    'linear: `bias` has shape [4], expected [5]',
    () => linear(tf.ones([2, 4]), tf.ones([5, 4]), tf.ones([4])),
  ],
  [
    'layerNorm: `residual` has shape [3,4], expected [2,4]',
    () => layerNorm(tf.ones([2, 4]), tf.ones([4]), tf.ones([4]), 1e-6, tf.ones([3, 4])),
  ],
  [
    'attention: `key` has shape [5,4], expected [6,4]',
    () =>
      attention({ query: tf.ones([2, 4]), key: tf.ones([5, 4]), value: tf.ones([6, 4]) }, tf.ones([2, 3]), 2),
  ],
  [
    'attention: 3 heads and 2 examples do not divide [2,4]',
    () =>
      attention({ query: tf.ones([2, 4]), key: tf.ones([6, 4]), value: tf.ones([6, 4]) }, tf.ones([2, 3]), 3),
  ],
  [
    'embed: `positions` has shape [2,4], expected [3,4]',
    () =>
      embed(tf.ones([1, 3]), tf.ones([1, 3]), {
        words: tf.ones([9, 4]),
        positions: tf.ones([2, 4]),
        types: tf.ones([2, 4]),
      }),
  ],
])('%s', (message, call) => {
  expect(call).toThrow(message);
});
