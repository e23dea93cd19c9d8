import { adamw, bernoulli, bernoulliGradients, rowStates, Slab, streamKey, uniformAt } from './index.ts';

const key = streamKey(3, 2, 1);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Arrays of a call at an odd place of their slab: logits of every size, weights and gradients of either sign. */
async function makeArrays(length: number) {
  const slab = await Slab.create(6 * Slab.bytesFor(length + 8));
  const make = (fill: (i: number) => number) => {
    const array = slab.allocate(length + 8).subarray(1, 1 + length);
    return (array.forEach((_, i) => (array[i] = fill(i))), array);
  };
  const noise = (stream: number) => {
    const key = streamKey(0, 0, stream);
    return (i: number) => uniformAt(key, i) * 2 - 1;
  };
  const size = noise(1);
  const logits = [-60, 60, 5, 0, -5, -0.5, 11, -11];
  return {
    out: make(() => 7),
    weight: make(noise(0)),
    logits: make((i) => (i % 16 < 8 ? logits[i % 8]! : size(i) * 8)),
    gradient: make(noise(2)),
    m: make(noise(3)),
    v: make((i) => size(i) ** 2),
  };
}

describe('bernoulli', () => {
  it('keeps an element where u is below σ, bit for bit, and counts the others', async () => {
    const { out, weight, logits } = await makeArrays(20_003);
    const [dropped] = bernoulli([[{ out, weight, logits }, { key }]]);
    let count = 0;
    weight.forEach((w, i) => {
      const [u, p] = [uniformAt(key, i), sigmoid(logits[i]!)];
      if (Math.abs(u - p) < 2 ** -22) return void (count += Number(out[i] === 0)); // either is right
      const kept = u < p;
      count += Number(!kept);
      if (!Object.is(out[i], kept ? w : 0)) throw new Error(`element ${i} is ${out[i]}, u ${u}, σ ${p}`);
    });
    expect(dropped).toBe(count);
  });

  it('keeps as many as the probability says', async () => {
    const length = 100_001;
    const { out, weight, logits } = await makeArrays(length);
    for (const logit of [5, 0.3, -5]) {
      logits.fill(logit);
      const [dropped] = bernoulli([[{ out, weight, logits }, { key }]]);
      const p = sigmoid(-logit);
      expect(Math.abs(dropped! / length - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / length));
      expect(out.filter((x) => x === 0)).toHaveLength(dropped!);
    }
  });

  it('hides no NaN', async () => {
    const { out, weight, logits } = await makeArrays(9);
    logits[2] = logits[8] = NaN;
    bernoulli([[{ out, weight, logits }, { key }]]);
    expect([...out].flatMap((x, i) => (Number.isNaN(x) ? [i] : []))).toEqual([2, 8]);
  });
});

it('bernoulliGradients are those of σ in the place of the mask', async () => {
  const { gradient, weight, logits } = await makeArrays(20_003);
  const given = gradient.slice();
  const [square] = bernoulliGradients([[{ gradient, weight, logits }, {}]]);
  let sum = 0;
  given.forEach((g, i) => {
    const [x, step] = [logits[i]!, 1e-4];
    const expected = (g * weight[i]! * (sigmoid(x + step) - sigmoid(x - step))) / (2 * step);
    sum += expected ** 2;
    if (Math.abs(gradient[i]! - expected) > 1e-7) throw new Error(`${i}: ${gradient[i]}, not ${expected}`);
  });
  expect(Math.abs(square! - sum)).toBeLessThan(1e-5 * sum);
});

it('a table’s rows take part where they are active, coast in the update, and else stay as they are', async () => {
  const [width, count] = [8, 600];
  const { out, weight, logits, gradient, m, v } = await makeArrays(width * count);
  const states = Uint8Array.from({ length: count }, (_, i) => [0, 1, 2][i % 3]!);
  const order = Uint32Array.from({ length: count }, (_, i) => (i * 7) % count);
  const rows = { width, states, order };
  const options = {
    step: 2,
    learningRate: 0.1,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    scale: 0.5,
  };
  const before = { out: out.slice(), gradient: gradient.slice(), logits: logits.slice(), m: m.slice() };

  // the same without rows, whose arrays lie in one order
  const twin = await makeArrays(width * count);
  order.forEach((row, place) => {
    for (const name of ['logits', 'm', 'v'] as const) {
      twin[name].set({ logits, m, v }[name].subarray(place * width, (place + 1) * width), row * width);
    }
    if (states[place] === rowStates.coasting) twin.gradient.fill(0, row * width, (row + 1) * width);
  });
  bernoulli([[twin, { key }]]);
  bernoulliGradients([[twin, {}]]);
  adamw({ ...twin, parameter: twin.logits }, options);

  bernoulli([
    [
      { out, weight, logits },
      { key, rows },
    ],
  ]);
  bernoulliGradients([[{ gradient, weight, logits }, { rows }]]);
  adamw({ parameter: logits, gradient, m, v }, options, rows);
  order.forEach((row, place) => {
    const at = (array: Float32Array, row: number): number[] => [
      ...array.subarray(row * width, (row + 1) * width),
    ];
    const [active, moves] = [states[place] === rowStates.active, states[place] !== rowStates.skipped];
    expect(at(out, row)).toEqual(at(active ? twin.out : before.out, row));
    expect(at(gradient, row)).toEqual(at(active ? twin.gradient : before.gradient, row));
    expect(at(logits, place)).toEqual(moves ? at(twin.logits, row) : at(before.logits, place));
    expect(at(m, place)).toEqual(moves ? at(twin.m, row) : at(before.m, place));
  });
});
