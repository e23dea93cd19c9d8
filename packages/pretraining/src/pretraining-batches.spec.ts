import { PretrainingBatches } from './pretraining-batches.ts';
import { textOf } from './pretraining-run.fixture.ts';

const vocabulary = {
  padId: 0,
  clsId: 2,
  sepId: 3,
  maskId: 4,
  vocabSize: 200,
  continuesWord: new Uint8Array(200),
  endsSentence: new Uint8Array(200),
};
const options = { batchSize: 3, length: 10, seed: 5 };
/** 73 tokens, all different: 10 rows of 7, and 3 that fill none. */
const text = textOf(Array.from({ length: 73 }, (_, i) => 10 + i));

/** The rows of a batch as they were before they were masked. */
function rowsOf({ inputs, examples }: ReturnType<PretrainingBatches['at']>): number[][] {
  const ids = Array.from(inputs['input_ids']!);
  return Array.from({ length: examples }, (_, i) => {
    const row = ids.slice(10 * i, 10 * i + 10);
    for (let k = 2 * i; k < 2 * i + 2; k++) row[inputs['masked_positions']![k]!] = inputs['labels']![k]!;
    return row;
  });
}

const packed = (row: number): number[] => Array.from({ length: 7 }, (_, i) => 10 + 7 * row + i);

it('packs consecutive tokens into pairs that say whether they are whole', () => {
  const batches = [...new PretrainingBatches(text, vocabulary, options).inOrder()];
  const rows = batches.flatMap(rowsOf);
  const labels = batches.flatMap(({ inputs, examples }) =>
    [...inputs['next_sentence_labels']!].slice(0, examples),
  );
  expect(rows).toHaveLength(10);
  expect(new Set(labels).size).toBe(2);
  rows.forEach((row, i) => {
    expect([row[0], row.at(-1), row.filter((id) => id === 3).length]).toEqual([2, 3, 2]);
    const written = row.filter((id) => id >= 10);
    const first = row.slice(1, row.indexOf(3));
    if (labels[i] === 0) expect(first).toEqual(packed(i).slice(0, first.length));
    else expect(written).not.toEqual(packed(i));
  });
  const last = batches.at(-1)!;
  expect(last.examples).toBe(1);
  expect([...last.inputs['label_weights']!]).toEqual([1, 1, 0, 0, 0, 0]);
  expect([...last.inputs['example_weights']!]).toEqual([1, 0, 0]);
});

it('takes other rows first in each epoch, each at most once, and masks them anew', () => {
  const batches = new PretrainingBatches(text, vocabulary, options);
  expect([batches.perEpoch, batches.longest, batches.shape(10)]).toEqual([
    3,
    10,
    { batch: 3, length: 10, predictions: 2 },
  ]);
  const epochs = [0, 1].map((epoch) => [0, 1, 2].map((step) => batches.at(3 * epoch + step)));
  const firsts = epochs.map((epoch) => epoch.flatMap(rowsOf).map(([, first]) => first!));
  for (const found of firsts) expect(new Set(found).size).toBe(9);
  expect(firsts[0]).not.toEqual(firsts[1]);
  const positions = (epoch: ReturnType<PretrainingBatches['at']>[]) => {
    return new Map(
      epoch.flatMap((batch) =>
        rowsOf(batch).map(([, first], i) => {
          return [first!, String(batch.inputs['masked_positions']!.slice(2 * i, 2 * i + 2))] as const;
        }),
      ),
    );
  };
  const [one, two] = epochs.map(positions);
  expect([...one!].filter(([first, places]) => two!.get(first) === places).length).toBeLessThan(4);
});

it('gives the same batch for the same step, whatever came before', () => {
  const batches = new PretrainingBatches(text, vocabulary, options);
  const before = [4, 0, 7].map((step) => batches.at(step));
  const again = new PretrainingBatches(text, vocabulary, options);
  expect([0, 4, 7].map((step) => again.at(step))).toEqual([before[1], before[0], before[2]]);
  const other = new PretrainingBatches(text, vocabulary, { ...options, seed: 6 });
  expect(other.at(0)).not.toEqual(before[1]);
});

it('refuses a text that does not fill a row', () => {
  expect(() => new PretrainingBatches(textOf([10, 11, 12]), vocabulary, options)).toThrow(
    'a text of 3 tokens is too short for a row of length 10',
  );
});
