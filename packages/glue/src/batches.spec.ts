import fc from 'fast-check';
import { assembleBatch, batchesPerEpoch, planBatches } from './batches.ts';
import { featuresOfLengths } from './features.fixture.ts';

const buckets = [8, 16, 40];
const anyLengths = fc.array(fc.integer({ min: 2, max: 40 }), { maxLength: 120 });
const anyBatchSize = fc.integer({ min: 1, max: 33 });
const anySeed = fc.integer({ min: 0, max: 2 ** 32 });

describe('planBatches', () => {
  it('takes each row exactly once, in as many batches as promised, at most one of them partial', () => {
    fc.assert(
      fc.property(anyLengths, anyBatchSize, fc.option(anySeed), (lengths, batchSize, seed) => {
        const features = featuresOfLengths(lengths);
        const options = seed === null ? {} : { shuffle: { seed, epoch: 1 } };
        const plans = planBatches(features, { batchSize, buckets, ...options });
        const rows = plans.flatMap((plan) => plan.rows).sort((a, b) => a - b);
        expect(rows).toEqual(lengths.map((_, row) => row));
        expect(plans).toHaveLength(batchesPerEpoch(lengths.length, batchSize));
        expect(plans.filter((plan) => plan.rows.length < batchSize).length).toBeLessThanOrEqual(1);
        for (const { length, rows } of plans) {
          expect(buckets).toContain(length);
          expect(rows.every((row) => (lengths[row] ?? Infinity) <= length)).toBe(true);
        }
      }),
    );
  });

  it('repeats itself for the same seed and epoch, and not for another', () => {
    const features = featuresOfLengths(Array.from({ length: 300 }, (_, i) => 2 + (i % 39)));
    const plan = (seed: number, epoch: number) =>
      planBatches(features, { batchSize: 16, buckets, shuffle: { seed, epoch } });
    expect(plan(7, 2)).toEqual(plan(7, 2));
    expect(plan(7, 2)).not.toEqual(plan(7, 3));
    expect(plan(7, 2)).not.toEqual(plan(8, 2));
    expect(plan(7, 8)).not.toEqual(plan(8, 7));
    expect(plan(7, 2).map(({ length }) => length)).not.toEqual(plan(7, 3).map(({ length }) => length));
  });

  it('shuffles evenly: over many epochs a row is as often in the first batch as any other', () => {
    const features = featuresOfLengths(new Array<number>(20).fill(5));
    const first = new Array<number>(20).fill(0);
    for (let epoch = 0; epoch < 4000; epoch++) {
      const [plan] = planBatches(features, { batchSize: 5, buckets, shuffle: { seed: 1, epoch } });
      for (const row of plan?.rows ?? []) first[row] = (first[row] ?? 0) + 1;
    }
    // Each count is binomial (4000, 1/4): mean 1000, standard deviation 27.4; five of them to either side.
    for (const count of first) expect(Math.abs(count - 1000)).toBeLessThan(137);
  });

  it('keeps the order of the rows without a shuffle', () => {
    const plans = planBatches(featuresOfLengths([5, 30, 6, 31, 7]), { batchSize: 2, buckets });
    expect(plans).toEqual([
      { length: 8, rows: [0, 2] },
      { length: 40, rows: [4, 1] },
      { length: 40, rows: [3] },
    ]);
  });

  it('refuses what makes no sense', () => {
    const features = featuresOfLengths([5, 41]);
    expect(() => planBatches(features, { batchSize: 0, buckets })).toThrow('batchSize is 0');
    expect(() => planBatches(features, { batchSize: 2, buckets: [8, 8] })).toThrow('buckets are 8, 8');
    expect(() => planBatches(features, { batchSize: 2, buckets })).toThrow('row 1 has 41 tokens');
  });
});

describe('assembleBatch', () => {
  it('pads rows and batch', () => {
    const batch = assembleBatch(featuresOfLengths([3, 4]), { length: 4, rows: [1, 0] }, 3);
    expect(batch).toEqual({
      size: 3,
      length: 4,
      inputIds: Int32Array.of(11, 11, 11, 11, 10, 10, 10, 3, 3, 3, 3, 3),
      tokenTypeIds: Int32Array.of(0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0),
      attentionMask: Int32Array.of(1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0),
      labels: { labels: Int32Array.of(1, 0, 0) },
      exampleWeights: Float32Array.of(1, 1, 0),
      rows: [1, 0],
    });
  });

  it('counts every example once an epoch and padding rows never', () => {
    fc.assert(
      fc.property(anyLengths, anyBatchSize, anySeed, (lengths, batchSize, seed) => {
        const features = featuresOfLengths(lengths);
        let tokens = 0;
        const weights = lengths.map(() => 0);
        for (const plan of planBatches(features, { batchSize, buckets, shuffle: { seed, epoch: 0 } })) {
          const batch = assembleBatch(features, plan, batchSize);
          batch.exampleWeights.forEach((weight, i) => {
            if (weight !== 0) weights[batch.labels?.['labels']?.[i] ?? -1] = weight;
            const mask = batch.attentionMask.subarray(i * batch.length, (i + 1) * batch.length);
            tokens += weight * mask.reduce((sum, one) => sum + one, 0);
          });
        }
        expect(weights).toEqual(lengths.map(() => 1));
        expect(tokens).toBe(lengths.reduce((sum, length) => sum + length, 0));
      }),
    );
  });

  it('has no labels where the features have none, and refuses foreign plans', () => {
    const { labels: _, ...unlabelled } = featuresOfLengths([3]);
    expect(assembleBatch(unlabelled, { length: 4, rows: [0] }, 1).labels).toBeUndefined();
    expect(() => assembleBatch(unlabelled, { length: 4, rows: [1] }, 1)).toThrow('row 1 is not among the 1');
    expect(() => assembleBatch(unlabelled, { length: 4, rows: [0, 0] }, 1)).toThrow('2 rows do not fit');
  });
});
