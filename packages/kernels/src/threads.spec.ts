import type { PenalisedGateCall, Rows } from './index.ts';
import {
  adamw,
  gate,
  gateSums,
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

/** Arrays of a call of n elements, on so many threads; those that programs see inside the slab or outside. */
async function arraysOn(threads: number, outside: boolean, n: number) {
  setThreads(threads);
  const slab = await Slab.create(9 * Slab.bytesFor(n), threads === 1 ? 'plain' : 'shared');
  const make = (value: (i: number) => number, array = slab.allocate(n)) => {
    for (let i = 0; i < n; i++) array[i] = value(i);
    return array;
  };
  const seen = () => (outside ? slab.allocateOutside(n) : slab.allocate(n));
  return {
    out: make(Math.sin, seen()),
    gradient: make((i) => Math.sin(2 * i) / 100, seen()),
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
function runAll({ out, gradient, base, w, alpha, mW, vW, mAlpha, vAlpha }: Arrays, rows?: Rows) {
  gate([
    [
      { out, base, w, alpha },
      { ...call, rows },
    ],
  ]);
  const sums = gateSums([
    [
      { gradient, w, alpha },
      { ...call, rows },
    ],
  ])[0]!;
  gateUpdate([[{ gradient, w, alpha, mW, vW, mAlpha, vAlpha }, { ...call, rows }, step, step]]);
  adamw({ parameter: out, gradient, m: mW, v: vW }, step);
  return { sums, norm: squaredNorm(gradient) };
}

function bits(arrays: Arrays): Uint32Array[] {
  return Object.values(arrays).map((array) => new Uint32Array(Float32Array.from(array).buffer));
}

it.each([
  [1, true],
  [2, true],
  [2, false],
  [5, true],
])('on %i threads, arrays outside: %p, every bit is as on one thread in place', async (threads, outside) => {
  const [one, many] = [await arraysOn(1, false, length), await arraysOn(threads, outside, length)];
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
  const [some, all] = [await arraysOn(3, true, n), await arraysOn(1, false, n)];
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
  const [a, b] = [gateSums([[some, { ...call, rows }]])[0]!, gateSums([[all, call]])[0]!];
  for (const name of ['squaredNormW', 'squaredNormAlpha', 'expectedNonzeros'] as const) {
    expect(Math.abs(a[name] - b[name])).toBeLessThan(1e-6 * b[name]);
  }
  expect(Math.abs(a.groupGradient - b.groupGradient)).toBeLessThan(1e-7); // of terms that cancel out
  const skipping = { width, states: states.map((state, row) => (row >= 40 && row < 43 ? skipped : state)) };
  let rest = gateSums([[some, { ...call, rows: skipping }]])[0]!.expectedNonzeros;
  for (let row = 40; row < 43; row++) {
    const alpha = some.alpha.subarray(row * width, (row + 1) * width);
    const one = { width, states: Uint8Array.of(states[row]!) };
    const gradient = states[row] === active ? some.gradient.subarray(row * width, (row + 1) * width) : alpha;
    const open = gateSums([
      [
        { gradient, w: alpha, alpha },
        { ...call, rows: one },
      ],
    ])[0]!.expectedNonzeros;
    expect(open).toBeGreaterThan(0);
    rest += open;
  }
  expect(Math.abs(rest - a.expectedNonzeros)).toBeLessThan(1e-6 * a.expectedNonzeros);
  const names = ['w', 'alpha', 'mW', 'vW', 'mAlpha', 'vAlpha'] as const;
  const before = names.map((name) => some[name].slice(40 * width, 43 * width));
  gateUpdate([[some, { ...call, rows: skipping }, step, step]]);
  gateUpdate([[all, call, step, step]]);
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
  const each = await Promise.all(lengths.map((n) => arraysOn(3, true, n)));
  const one = await Promise.all(lengths.map((n) => arraysOn(3, true, n)));
  const sums = gateSums(each.map((arrays) => [arrays, call]));
  expect(sums).toEqual(one.map((arrays) => gateSums([[arrays, call]])[0]));
  gateUpdate(each.map((arrays) => [arrays, call, step, step]));
  for (const arrays of one) gateUpdate([[arrays, call, step, step]]);
  expect(each.map(bits)).toEqual(one.map(bits));
});

it('refuses what no thread could do', async () => {
  for (const threads of [0, 1.5, NaN]) expect(() => setThreads(threads)).toThrow(KernelError);
  const arrays = await arraysOn(1, false, 1000);
  const rows = { width: 100, states: new Uint8Array(9) };
  expect(() => gate([[arrays, { ...call, rows }]])).toThrow(
    'gate: 9 rows of 100 elements do not make 1000 elements',
  );
});

it('threads forget the memories of slabs that are gone', async () => {
  setThreads(2);
  for (let i = 0; i < 40; i++) squaredNorm((await Slab.create(2 ** 20, 'shared')).allocate(2 ** 18));
  expect(squaredNorm((await Slab.create(2 ** 20, 'shared')).allocate(2 ** 18).fill(1))).toBe(2 ** 18);
});
