import type { PenalisedGateCall } from './index.ts';
import {
  adamw,
  gate,
  gateGradients,
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
const call: PenalisedGateCall = { distribution, groupGate: 0.7, key: streamKey(1, 2, 3), penalty: 1e-3 };

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
  return { sums, norm: squaredNorm(gradient) };
}

function bits(arrays: Arrays): Uint32Array[] {
  return Object.values(arrays).map((array) => new Uint32Array(Float32Array.from(array).buffer));
}

it.each([2, 5])('on %i threads every bit is as on one', async (threads) => {
  const [one, many] = [await arraysOn(1, length), await arraysOn(threads, length)];
  for (let repetition = 0; repetition < 3; repetition++) expect(runAll(many)).toEqual(runAll(one));
  expect(bits(many)).toEqual(bits(one));
});

it('rows that coast are treated as if their gradient were 0, and skipped ones not at all', async () => {
  const n = count * width;
  const { active, coasting, skipped } = rowStates;
  const states = Uint8Array.from({ length: count }, (_, row) =>
    row % 3 === 0 || row > 420 ? active : coasting,
  );
  const isActive = (i: number) => states[Math.floor(i / width)] === active;
  const rows = { width, states };
  const [some, all] = [await arraysOn(3, n), await arraysOn(1, n)];
  const untouched = some.out.slice();
  all.gradient.forEach((_, i) => {
    if (!isActive(i)) all.gradient[i] = 0;
  });
  gate([[{ ...some }, { ...call, rows }]]);
  gate([[{ ...all }, call]]);
  for (let i = 0; i < n; i++) {
    const expected = isActive(i) ? all.out[i] : untouched[i];
    if (some.out[i] !== expected) throw new Error(`element ${i}: ${some.out[i]}, not ${expected}`);
  }
  some.gradient.forEach((_, i) => {
    if (!isActive(i)) some.gradient[i] = NaN;
  });
  const given = some.gradient.slice();
  const [a, b] = [gateGradients([[some, { ...call, rows }]])[0]!, gateGradients([[all, call]])[0]!];
  for (const name of ['squaredNormW', 'squaredNormAlpha', 'expectedNonzeros'] as const) {
    expect(Math.abs(a[name] - b[name])).toBeLessThan(1e-6 * b[name]);
  }
  expect(Math.abs(a.groupGradient - b.groupGradient)).toBeLessThan(1e-7); // of terms that cancel out
  const skipping = { width, states: states.map((state, row) => (row >= 40 && row < 43 ? skipped : state)) };
  some.gradient.set(given);
  const kept = [some.gradient, some.alphaGradient].map((array) => array.slice(40 * width, 43 * width));
  let rest = gateGradients([[some, { ...call, rows: skipping }]])[0]!.expectedNonzeros;
  expect([some.gradient, some.alphaGradient].map((array) => array.slice(40 * width, 43 * width))).toEqual(
    kept,
  );
  for (let row = 40; row < 43; row++) {
    const alpha = some.alpha.subarray(row * width, (row + 1) * width);
    const one = { width, states: Uint8Array.of(states[row]!) };
    const [gradient, alphaGradient] = [some.out, some.base].map((array) => array.subarray(0, width));
    const open = gateGradients([
      [
        { gradient: gradient!, alphaGradient: alphaGradient!, w: alpha, alpha },
        { ...call, rows: one },
      ],
    ])[0]!.expectedNonzeros;
    expect(open).toBeGreaterThan(0);
    rest += open;
  }
  expect(Math.abs(rest - a.expectedNonzeros)).toBeLessThan(1e-6 * a.expectedNonzeros);
  const names = ['w', 'alpha', 'mW', 'vW', 'mAlpha', 'vAlpha'] as const;
  const before = names.map((name) => some[name].slice(40 * width, 43 * width));
  gateUpdate([[some, { w: step, alpha: step, rows: skipping }]]);
  gateUpdate([[all, { w: step, alpha: step }]]);
  names.forEach((name, i) => {
    expect(some[name].slice(40 * width, 43 * width)).toEqual(before[i]);
    all[name].set(before[i]!, 40 * width);
  });
  for (const name of names) {
    expect([name, bits({ ...all, out: some[name] })[0]]).toEqual([name, bits({ ...all, out: all[name] })[0]]);
  }
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
  const rows = { width: 100, states: new Uint8Array(9) };
  expect(() => gate([[arrays, { ...call, rows }]])).toThrow(
    'gate: 9 rows of 100 elements do not make 1000 elements',
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
