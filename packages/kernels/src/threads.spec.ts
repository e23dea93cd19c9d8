import type { PenalisedGateDraw } from './index.ts';
import {
  adamw,
  bernoulli,
  bernoulliGradients,
  gate,
  gateGradients,
  gateRowSums,
  gateUpdate,
  KernelError,
  setThreads,
  Slab,
  squaredNorm,
  rowStates,
  streamKey,
} from './index.ts';

const [count, width] = [450, 96];
const length = count * width + 3;
const step = {
  ...{ step: 2, learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ...{ weightDecay: 0.1, scale: 0.5 },
};
const distribution = { low: -1.5, span: 3, openOdds: 1, inverseTemperature: 1 };
const call: PenalisedGateDraw = { distribution, groupGate: 0.7, key: streamKey(1, 2, 3), penalty: 1e-3 };

afterEach(() => setThreads(1));

/** Arrays of a call of n elements, on so many threads. */
async function arraysOn(threads: number, n: number) {
  setThreads(threads);
  const slab = await Slab.create(10 * Slab.bytesFor(n));
  const make = (value: (i: number) => number) => {
    const array = slab.allocate(n);
    for (let i = 0; i < n; i++) array[i] = value(i);
    return array;
  };
  return {
    out: make(Math.sin),
    gradient: make((i) => Math.sin(2 * i) / 100),
    alphaGradient: make(() => 0),
    base: make((i) => Math.sin(3 * i)),
    w: make((i) => Math.sin(4 * i) / 10),
    alpha: make((i) => Math.sin(5 * i) * 4),
    mW: make((i) => Math.sin(6 * i) / 1000),
    vW: make((i) => Math.sin(7 * i) ** 2 / 1e6),
    mAlpha: make((i) => Math.sin(8 * i) / 1000),
    vAlpha: make((i) => Math.sin(9 * i) ** 2 / 1e6),
  };
}
type Arrays = Awaited<ReturnType<typeof arraysOn>>;

/** Runs every kernel, one after the other on the same arrays. @returns what they return */
function runAll({ out, base, ...arrays }: Arrays) {
  const { w, alpha, gradient, mW, vW } = arrays;
  gate([[{ out, base, w, alpha }, call]]);
  const sums = gateGradients([[arrays, call]])[0]!;
  const next = { out: arrays.alphaGradient, base, distribution, groupGate: 0.3, key: streamKey(1, 3, 3) };
  gateUpdate([[arrays, { w: step, alpha: step, next }]]);
  adamw({ parameter: out, gradient, m: mW, v: vW }, step);
  const dropped = bernoulli([[{ out, weight: base, logits: alpha }, call]]);
  const squares = bernoulliGradients([[{ gradient, weight: base, logits: alpha }, {}]]);
  return { sums, norm: squaredNorm(gradient), dropped, squares };
}

function bits(arrays: Arrays): Uint32Array[] {
  return Object.values(arrays).map((array) => new Uint32Array(Float32Array.from(array).buffer));
}

it.each([2, 5])('on %i threads every bit is as on one', async (threads) => {
  const [one, many] = [await arraysOn(1, length), await arraysOn(threads, length)];
  for (let repetition = 0; repetition < 3; repetition++) expect(runAll(many)).toEqual(runAll(one));
  expect(bits(many)).toEqual(bits(one));
});

const learnt = ['w', 'alpha', 'mW', 'vW', 'mAlpha', 'vAlpha'] as const;

it('rows that coast are treated as if their gradient were 0, and skipped ones not at all', async () => {
  const n = count * width;
  const { active, coasting, skipped } = rowStates;
  const order = Uint32Array.from({ length: count }, (_, place) => (7 * place + 3) % count);
  const states = Uint8Array.from({ length: count }, (_, place) => {
    if (place >= 40 && place < 43) return skipped;
    return place % 3 === 0 || place > 420 ? active : coasting;
  });
  const stateOfRow = new Uint8Array(count);
  order.forEach((row, place) => (stateOfRow[row] = states[place]!));
  const stateOf = (i: number) => stateOfRow[Math.floor(i / width)];
  const rows = { width, states, order };
  const [some, all] = [await arraysOn(3, n), await arraysOn(1, n)];
  for (const name of learnt) {
    order.forEach((row, place) => {
      some[name].set(all[name].subarray(row * width, (row + 1) * width), place * width);
    });
  }
  const before = Object.fromEntries(Object.entries(some).map(([name, array]) => [name, array.slice()]));
  const expectRows = (name: keyof Arrays, expected: (i: number) => number | undefined) => {
    for (let i = 0; i < n; i++) {
      if (!Object.is(some[name][i], expected(i)))
        throw new Error(`${name} ${i}: ${some[name][i]}, not ${expected(i)}`);
    }
  };
  gate([[some, { ...call, rows }]]);
  gate([[all, call]]);
  expectRows('out', (i) => (stateOf(i) === active ? all.out[i] : before['out']![i]));

  all.gradient.forEach((_, i) => {
    if (stateOf(i) !== active) [all.gradient[i], some.gradient[i]] = [0, NaN];
  });
  const table = { rows, rowSums: new Float64Array(2 * count) };
  gateRowSums(some.alpha, table, distribution);
  const sums = gateGradients([[some, { ...call, rows }]])[0]!;
  const whole = gateGradients([[all, call]])[0]!;
  expectRows('gradient', (i) => (stateOf(i) === active ? all.gradient[i] : NaN));
  expectRows('alphaGradient', (i) => (stateOf(i) === active ? all.alphaGradient[i] : 0));
  let [squares, open] = [0, 0]; // of the rows that are not active
  for (let row = 0; row < count; row++) {
    if (stateOfRow[row] === active) continue;
    const one = { width, states: Uint8Array.of(coasting), order: Uint32Array.of(0) };
    const rowSums = new Float64Array(2);
    gateRowSums(all.alpha.subarray(row * width, (row + 1) * width), { rows: one, rowSums }, distribution);
    if (stateOfRow[row] === coasting) {
      const place = order.indexOf(row);
      expect([...table.rowSums.subarray(2 * place, 2 * place + 2)]).toEqual([...rowSums]);
    }
    squares += rowSums[0]!;
    open += rowSums[1]!;
  }
  const ratios = [
    sums.squaredNormW / whole.squaredNormW,
    (sums.squaredNormAlpha + call.penalty ** 2 * squares) / whole.squaredNormAlpha,
    (sums.expectedNonzeros + open) / whole.expectedNonzeros,
  ];
  for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(1e-6);
  expect(Math.abs(sums.groupGradient - whole.groupGradient)).toBeLessThan(1e-7); // of terms that cancel out

  gateUpdate([[some, { w: step, alpha: step, table: { ...table, distribution, penalty: call.penalty } }]]);
  gateUpdate([[all, { w: step, alpha: step }]]);
  for (const name of learnt) {
    expectRows(name, (i) => {
      const place = Math.floor(i / width);
      if (states[place] === skipped) return before[name]![i];
      return all[name][order[place]! * width + (i % width)];
    });
  }
  const updated = { rows, rowSums: table.rowSums.slice() };
  gateRowSums(some.alpha, updated, distribution);
  expect(updated.rowSums).toEqual(table.rowSums);
});

it('calls of all sizes at once give every bit of one after the other', async () => {
  const lengths = [5, 70_000, 1000, 300_000, 4, 65_536];
  const each = await Promise.all(lengths.map((n) => arraysOn(3, n)));
  const one = await Promise.all(lengths.map((n) => arraysOn(3, n)));
  const sums = gateGradients(each.map((arrays) => [arrays, call]));
  expect(sums).toEqual(one.map((arrays) => gateGradients([[arrays, call]])[0]));
  gateUpdate(each.map((arrays) => [arrays, { w: step, alpha: step }]));
  for (const arrays of one) gateUpdate([[arrays, { w: step, alpha: step }]]);
  expect(each.map(bits)).toEqual(one.map(bits));
});

it('refuses what no thread could do', async () => {
  for (const threads of [0, 1.5, NaN]) expect(() => setThreads(threads)).toThrow(KernelError);
  const arrays = await arraysOn(1, 1000);
  const rows = { width: 100, states: new Uint8Array(9), order: new Uint32Array(9) };
  expect(() => gate([[arrays, { ...call, rows }]])).toThrow(
    'gate: 9 rows of 100 elements, in an order of 9, do not make 1000 elements',
  );
});

it('an array keeps its memory, though nobody holds the slab', async () => {
  setThreads(2);
  const arrays: Float32Array[] = [];
  for (let i = 0; i < 20; i++) arrays.push((await Slab.create(2 ** 20)).allocate(2 ** 18).fill(i));
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  const collect = process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((done) => setTimeout(done, 10));
  }
  arrays.forEach((array, i) => {
    expect(Object.prototype.toString.call(array.buffer)).toBe('[object ArrayBuffer]');
    expect(array.every((x) => x === i)).toBe(true);
    expect(squaredNorm(array)).toBe(i * i * 2 ** 18);
  });
});

it('threads forget the memories of slabs that are gone', async () => {
  setThreads(2);
  for (let i = 0; i < 40; i++) squaredNorm((await Slab.create(2 ** 20)).allocate(2 ** 18));
  expect(squaredNorm((await Slab.create(2 ** 20)).allocate(2 ** 18).fill(1))).toBe(2 ** 18);
});
