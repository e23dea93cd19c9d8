import { streamKey } from '@diffprune/kernels';
import fc from 'fast-check';
import { maskRow, predictionsFor } from './masking.ts';

const vocabulary = { padId: 0, clsId: 2, sepId: 3, maskId: 4, vocabSize: 1000 };

function mask(row: Int32Array, count: number, stream: number) {
  const masked = row.slice();
  const predictions = {
    positions: new Int32Array(count),
    labels: new Int32Array(count),
    weights: new Float32Array(count),
  };
  maskRow(masked, streamKey(1, 0, stream), vocabulary, predictions);
  return { masked, ...predictions };
}

it('chooses 15% of a row', () => {
  expect([3, 64, 128, 512].map(predictionsFor)).toEqual([1, 10, 19, 77]);
});

it('chooses distinct ordinary tokens, tells which they were, and changes no others', () => {
  const row = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 });
  fc.assert(
    fc.property(row, fc.integer({ min: 1, max: 12 }), fc.nat(), (tokens, count, stream) => {
      const row = Int32Array.from(tokens);
      const { masked, positions, labels, weights } = mask(row, count, stream);
      const ordinary = tokens.filter((id) => ![0, 2, 3].includes(id)).length;
      const chosen = Math.min(count, ordinary);
      expect([...weights]).toEqual(Array.from({ length: count }, (_, i) => Number(i < chosen)));
      const places = [...positions.subarray(0, chosen)];
      expect(new Set(places).size).toBe(chosen);
      places.forEach((place, i) => {
        expect(labels[i]).toBe(row[place]);
        expect([0, 2, 3]).not.toContain(row[place]);
      });
      row.forEach((id, place) => {
        if (!places.includes(place)) expect(masked[place]).toBe(id);
      });
    }),
  );
});

it('masks 80%, replaces 10% by words of the whole vocabulary, leaves 10%, and favours no place', () => {
  const row = Int32Array.from({ length: 22 }, (_, i) => (i === 0 ? 2 : i === 21 ? 3 : 500 + i));
  const rows = 20_000;
  const counts = { masked: 0, kept: 0, replaced: 0 };
  const places = new Float64Array(22);
  let [sum, low] = [0, 0];
  for (let stream = 0; stream < rows; stream++) {
    const { masked, positions } = mask(row, 3, stream);
    for (const place of positions) {
      places[place]!++;
      const id = masked[place]!;
      if (id === vocabulary.maskId) counts.masked++;
      else if (id === row[place]) counts.kept++;
      else {
        counts.replaced++;
        sum += id;
        if (id < 100) low++;
      }
    }
  }
  const total = 3 * rows;
  // four standard deviations of a binomial share
  const near = (share: number, of: number) => 4 * Math.sqrt((share * (1 - share)) / of);
  expect(Math.abs(counts.masked / total - 0.8)).toBeLessThan(near(0.8, total));
  expect(Math.abs(counts.replaced / total - 0.1)).toBeLessThan(near(0.1, total));
  expect(Math.abs(counts.kept / total - 0.1)).toBeLessThan(near(0.1, total));
  expect(Math.abs(sum / counts.replaced - 499.5)).toBeLessThan((4 * 288.7) / Math.sqrt(counts.replaced));
  expect(Math.abs(low / counts.replaced - 0.1)).toBeLessThan(near(0.1, counts.replaced));
  expect([places[0], places[21]]).toEqual([0, 0]);
  for (const count of places.slice(1, 21))
    expect(Math.abs(count / rows - 0.15)).toBeLessThan(near(0.15, rows));
});
