import { random } from '@diffprune/testing/random';
import type { Phase } from './run-phases.ts';
import {
  addStep,
  attentionStep,
  copyStep,
  embedStep,
  exchangeStep,
  gatherStep,
  layerNormStep,
  linearStep,
  paddedSize,
  scatterStep,
  strideOf,
  type Activation,
  type Rows,
} from './steps.ts';
import { WasmMemory } from './wasm-memory.ts';
import { hasRelaxedSimd } from './wasm.ts';

const canary = 12345.678;
const nearly = Math.fround(canary);

/** A memory in which arrays lie between canaries. */
class Field {
  readonly #ends: number[] = [];

  constructor(readonly memory: WasmMemory) {}

  /** @returns the address of some numbers, with 16 canaries behind them */
  put(values: ArrayLike<number>): number {
    const at = this.memory.take(4 * (values.length + 16));
    const floats = this.memory.floats(at, values.length + 16);
    floats.set(values);
    floats.fill(canary, values.length);
    this.#ends.push(at + 4 * values.length);
    return at;
  }

  words(values: ArrayLike<number>): number {
    const at = this.memory.take(4 * values.length);
    this.memory.words(at, values.length).set(values);
    return at;
  }

  /** Rows padded with zeros; what is written to them is read back by `read`. */
  rows(values: readonly (readonly number[])[]): Rows {
    const size = paddedSize(values[0]!.length);
    const padded = values.flatMap((row) => [...row, ...new Array<number>(size - row.length).fill(0)]);
    return { at: this.put(padded), stride: 4 * size };
  }

  /** Room for rows, that holds no numbers yet. */
  room(rows: number, size: number): Rows {
    return { at: this.put(new Float32Array(rows * paddedSize(size)).fill(NaN)), stride: strideOf(size) };
  }

  /** Reads rows; what they are padded with must be 0. */
  read({ at, stride }: Rows, rows: number, size: number): number[][] {
    return Array.from({ length: rows }, (_, row) => {
      const all = Array.from(this.memory.floats(at + row * stride, stride / 4));
      expect(all.slice(size).every((x) => x === 0)).toBe(true);
      return all.slice(0, size);
    });
  }

  matrix(values: readonly (readonly number[])[]): number {
    const [rows, columns] = [values.length, values[0]!.length];
    const source = this.put(values.flat());
    const at = this.put(new Float32Array(paddedSize(rows) * paddedSize(columns)).fill(NaN));
    this.memory.kernels['pack']!(source, 4 * columns, rows, columns, at, paddedSize(columns));
    return at;
  }

  /** Runs phases; threads share them, however small they are. */
  async run(...whole: Phase[]): Promise<void> {
    const phases = whole.map((phase) => phase.map((step) => ({ ...step, grain: step.units / 4 })));
    const scratchBytes = Math.max(0, ...phases.flat().map(({ scratch = 0 }) => scratch));
    const threads = this.memory.scratchPieces;
    const scratch = this.put(new Float32Array((threads * scratchBytes) / 4).fill(NaN));
    await this.memory.run({ phases, scratch, scratchBytes }, [], []);
    for (const end of this.#ends) {
      expect(Array.from(this.memory.floats(end, 16))).toEqual(new Array(16).fill(nearly));
    }
  }
}

const numbers = random(17);
const some = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => Math.fround(4 * numbers() - 2)));

/** The error function by its Taylor series, where that converges quickly enough for doubles. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let [sum, term] = [x, x];
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const functions: Readonly<Record<Activation, (x: number) => number>> = {
  none: (x) => x,
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  gelu_new: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  relu: (x) => Math.max(0, x),
  tanh: (x) => Math.tanh(x),
};

function expectClose(actual: readonly number[][], expected: readonly number[][], tolerance: number): void {
  let worst = 0;
  expected.forEach((row, i) =>
    row.forEach((x, j) => (worst = Math.max(worst, Math.abs(actual[i]![j]! - x) / (1 + Math.abs(x))))),
  );
  expect(worst).toBeLessThan(tolerance);
  expect(actual.length).toBe(expected.length);
}

const variants = [
  ['one thread, plain SIMD', { threads: 1, relaxed: false }],
  ['one thread, relaxed SIMD', { threads: 1, relaxed: true }],
  ['three threads', { threads: 3, relaxed: hasRelaxedSimd() }],
] as const;

describe.each(variants)('%s', (_, options) => {
  let memory: WasmMemory;
  beforeAll(async () => {
    memory = await WasmMemory.create(options);
  });
  afterAll(() => memory.dispose());

  it.each([
    [1, 1, 1],
    [3, 5, 7],
    [7, 8, 4],
    [8, 9, 12],
    [9, 31, 33],
    [97, 24, 40],
    [100, 3, 385],
    [13, 40, 400],
  ])('a linear layer of %d rows to %d from %d, by every activation', async (rows, columns, inner) => {
    const [x, w, [b = []]] = [some(rows, inner), some(columns, inner), some(1, columns)];
    const sums = x.map((row) =>
      w.map((weights, j) => row.reduce((sum, value, k) => sum + value * weights[k]!, b[j]!)),
    );
    for (const [activation, f] of Object.entries(functions)) {
      const field = new Field(memory);
      const out = field.room(rows, columns);
      const shape = { rows, columns, inner };
      const [at, weight, bias] = [field.rows(x), field.matrix(w), field.rows([b]).at];
      await field.run([linearStep(at, weight, bias, out, shape, activation as Activation)]);
      const expected = sums.map((row) => row.map(f));
      expectClose(field.read(out, rows, columns), expected, 1e-6 * Math.sqrt(inner) + 2e-6);
    }
  });

  it.each([380, 384, 388, 772])(
    'a linear layer from %d reads nothing behind its last weight',
    async (inner) => {
      const memory = await WasmMemory.create(options);
      const field = new Field(memory);
      const shape = { rows: 9, columns: 16, inner };
      const [x, bias, w] = [field.rows(some(9, inner)), field.rows(some(1, 16)).at, some(16, inner)];
      const [out, expected] = [field.room(9, 16), field.room(9, 16)];
      const weight = field.matrix(w);
      await field.run([linearStep(x, weight, bias, expected, shape, 'none')]);

      const bytes = 64 * paddedSize(inner);
      memory.take(65536 - ((memory.taken + bytes) % 65536));
      const last = memory.take(bytes);
      expect(last + bytes).toBe(memory.memory.buffer.byteLength);
      memory.floats(last, bytes / 4).set(memory.floats(weight, bytes / 4));
      const phases = [[linearStep(x, last, bias, out, shape, 'none')]];
      await memory.run({ phases, scratch: 0, scratchBytes: 0 }, [], []);
      expect(field.read(out, 9, 16)).toEqual(field.read(expected, 9, 16));
      memory.dispose();
    },
  );

  it.each([
    [1, 1, 1, 1, 8],
    [2, 3, 5, 5, 8],
    [3, 2, 1, 9, 26], // one query for each example, heads of no multiple of 4
    [1, 4, 70, 70, 12],
    [2, 1, 60, 130, 64],
  ])(
    'attention of %d examples, %d heads, %d queries on %d, size %d',
    async (examples, heads, rows, length, size) => {
      const hidden = heads * size;
      const [q, k, v] = [rows, length, length].map((n) => some(examples * n, hidden)) as [
        number[][],
        number[][],
        number[][],
      ];
      const mask = Array.from(
        { length: examples * length },
        (_, i) => +(i % length <= length - 1 - Math.floor(i / length)),
      );
      const expected = q.map((query, row) => {
        const example = Math.floor(row / rows);
        return Array.from({ length: heads }, (_, head) => {
          const columns = Array.from({ length: size }, (_, i) => head * size + i);
          const scores = Array.from({ length }, (_, j) => {
            const key = k[example * length + j]!;
            const product = columns.reduce((sum, i) => sum + query[i]! * key[i]!, 0);
            return product / Math.sqrt(size) + (mask[example * length + j] ? 0 : -10000);
          });
          const top = Math.max(...scores);
          const weights = scores.map((score) => Math.exp(score - top));
          const total = weights.reduce((a, b) => a + b);
          return columns.map((i) =>
            weights.reduce((sum, w, j) => sum + (w / total) * v[example * length + j]![i]!, 0),
          );
        }).flat();
      });
      const field = new Field(memory);
      const states = { query: field.rows(q), key: field.rows(k), value: field.rows(v) };
      const out = field.room(examples * rows, hidden);
      const step = attentionStep(states, field.words(mask), out, { examples, heads, rows, length, size });
      await field.run([step]);
      expectClose(field.read(out, examples * rows, hidden), expected, 1e-5);
    },
  );

  it.each([1, 3, 8, 26, 384])('layer normalisation over %d, with a residual and without', async (size) => {
    const [x, y, [w = []], [b = []]] = [some(5, size), some(5, size), some(1, size), some(1, size)];
    const normal = (row: readonly number[]): number[] => {
      const mean = row.reduce((a, c) => a + c) / size;
      const variance = row.reduce((a, c) => a + (c - mean) ** 2, 0) / size;
      return row.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * w[i]! + b[i]!);
    };
    const field = new Field(memory);
    const [left, right, weight, bias] = [
      field.rows(x),
      field.rows(y),
      field.rows([w]).at,
      field.rows([b]).at,
    ];
    const [alone, both] = [field.room(5, size), field.room(5, size)];
    const shape = { rows: 5, size };
    await field.run([
      layerNormStep(left, 0, weight, bias, alone, shape, 1e-5),
      layerNormStep(left, right.at, weight, bias, both, shape, 1e-5),
    ]);
    expectClose(field.read(alone, 5, size), x.map(normal), 2e-5);
    const sums = x.map((row, i) => row.map((value, j) => value + y[i]![j]!));
    expectClose(field.read(both, 5, size), sums.map(normal), 2e-5);
  });

  it('embeddings, with token types and without; sums; copies of parts', async () => {
    const [size, length] = [13, 4];
    const [words, positions, types] = [some(7, size), some(6, size), some(2, size)];
    const [ids, typeIds] = [
      [6, 0, 3, 3, 1, 2, 0, 5],
      [0, 1, 1, 0, 0, 0, 1, 1],
    ];
    const field = new Field(memory);
    const table = (values: number[][]): number => field.put([...values.flat(), 0, 0, 0, 0]);
    const places = {
      ids: field.words(ids),
      typeIds: field.words(typeIds),
      words: table(words),
      positions: table(positions),
    };
    const [all, two, sum, copy] = [
      field.room(8, size),
      field.room(8, size),
      field.room(8, size),
      field.room(2, 5),
    ];
    const shape = { rows: 8, size, length };
    await field.run(
      [
        embedStep({ ...places, types: table(types) }, all, shape),
        embedStep({ ...places, types: 0 }, two, shape),
      ],
      [addStep(all, two, sum, { rows: 8, size })],
      [copyStep({ at: sum.at + 4 * 3, stride: 4 * sum.stride }, copy, 2, 20)],
    );
    const untyped = ids.map((id, i) => words[id]!.map((x, j) => x + positions[i % length]![j]!));
    const typed = untyped.map((row, i) => row.map((x, j) => x + types[typeIds[i]!]![j]!));
    const sums = typed.map((row, i) => row.map((x, j) => x + untyped[i]![j]!));
    expectClose(field.read(all, 8, size), typed, 1e-6);
    expectClose(field.read(two, 8, size), untyped, 1e-6);
    expectClose(field.read(sum, 8, size), sums, 1e-6);
    expectClose(field.read(copy, 2, 5), [sums[0]!.slice(3, 8), sums[4]!.slice(3, 8)], 1e-6);
  });

  it('words go to offsets and come from there, and pieces change places, bit by bit', async () => {
    const field = new Field(memory);
    const values = Float32Array.of(1, -0, NaN, Infinity, 1e-45, 6, 7, 8);
    const at = field.put(values);
    const offsets = field.words([at + 4, at + 20, at + 8]);
    const [saved, given] = [field.words([0, 0, 0]), field.words([1, 2, 3])];
    const bits = (of: number, count: number): number[] => Array.from(memory.words(of, count));
    const before = Array.from(new Uint32Array(values.buffer));
    await field.run([gatherStep(0, offsets, saved, 3)]);
    expect(bits(saved, 3)).toEqual([before[1], before[5], before[2]]);
    await field.run([scatterStep(0, offsets, given, 3)]);
    expect(bits(at, 8)).toEqual([before[0], 1, 3, before[3], before[4], 2, before[6], before[7]]);
    await field.run([scatterStep(0, offsets, saved, 3)]);
    expect(bits(at, 8)).toEqual(before);
    const other = field.put(Float32Array.from({ length: 8 }, (_, i) => i));
    const there = bits(other, 8);
    await field.run([exchangeStep(at, other, 32)]);
    expect([bits(at, 8), bits(other, 8)]).toEqual([there, before]);
  });
});

it('threads change no bit', async () => {
  const [rows, columns, inner] = [50, 200, 100];
  const [x, w, b] = [some(rows, inner), some(columns, inner), some(1, columns)];
  const outputs: number[][][] = [];
  for (const options of [{}, { background: true }, { threads: 2 }, { threads: 4 }]) {
    const memory = await WasmMemory.create(options);
    const field = new Field(memory);
    const out = field.room(rows, columns);
    const bias = field.rows(b).at;
    await field.run([
      linearStep(field.rows(x), field.matrix(w), bias, out, { rows, columns, inner }, 'gelu'),
    ]);
    outputs.push(field.read(out, rows, columns));
    memory.dispose();
  }
  for (const output of outputs) expect(output).toEqual(outputs[0]);
});
