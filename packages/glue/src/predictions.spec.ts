import fc from 'fast-check';
import { findTask } from './glue-tasks.ts';
import { formatPredictions, formatSubmission, parsePredictions } from './predictions.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const [mnli, stsb] = [findTask('mnli'), findTask('stsb')];

describe('prediction files', () => {
  it('writes labels by name, with their probabilities', () => {
    const rows = [{ index: '7', value: 2, probabilities: [0.25, 0.125, 0.625] }];
    expect(formatPredictions(mnli, rows)).toBe(
      'index\tprediction\tprobability_entailment\tprobability_neutral\tprobability_contradiction\n' +
        '7\tcontradiction\t0.25\t0.125\t0.625\n',
    );
  });

  it('writes submissions with two columns', () => {
    expect(formatSubmission(mnli, [{ index: '0', value: 0 }])).toBe('index\tprediction\n0\tentailment\n');
    expect(formatSubmission(stsb, [{ index: '0', value: 3.25 }])).toBe('index\tprediction\n0\t3.250\n');
  });

  it('names labels in predictions, and spells them as the server does in submissions', () => {
    const names = ['cola', 'sst2', 'mrpc', 'qqp', 'wnli'].map((name) => findTask(name).labels.join(' '));
    expect(names).toEqual([
      'unacceptable acceptable',
      'negative positive',
      'not_equivalent equivalent',
      'not_duplicate duplicate',
      'not_entailment entailment',
    ]);
    const sst2 = findTask('sst2');
    const rows = [{ index: '0', value: 1, probabilities: [0.25, 0.75] }];
    const predictions = formatPredictions(sst2, rows);
    expect(predictions).toBe(
      'index\tprediction\tprobability_negative\tprobability_positive\n0\tpositive\t0.25\t0.75\n',
    );
    const submission = formatSubmission(sst2, rows);
    expect(submission).toBe('index\tprediction\n0\t1\n');
    const read = (text: string) => parsePredictions(new TextEncoder().encode(text), 'p.tsv', sst2);
    expect([read(predictions), read(submission)]).toEqual([rows, [{ index: '0', value: 1 }]]);
  });

  it('keeps the scores of a submission in the range of the task, and those of predictions as they are', () => {
    const scores = [-0.25, -0, 0, 2.5, 5, 5.0000005, 1e30];
    const rows = scores.map((value, i) => ({ index: String(i), value }));
    const read = (text: string) => parsePredictions(bytes(text), 'p.tsv', stsb).map(({ value }) => value);
    expect(read(formatSubmission(stsb, rows))).toEqual([0, 0, 0, 2.5, 5, 5, 5]);
    expect(read(formatPredictions(stsb, rows))).toEqual([-0.25, 0, 0, 2.5, 5, 5.0000005, 1e30]);
    const free = { ...stsb, range: undefined };
    expect(read(formatSubmission(free as never, rows))).toEqual([-0.25, 0, 0, 2.5, 5, 5, 1e30]);
    expect(() => formatSubmission(stsb, [{ index: '0', value: NaN }])).toThrow('NaN is not a finite number');
  });

  it('reads back exactly what it wrote, to float32', () => {
    const float = fc.float({ noNaN: true, min: 0, max: 1 });
    const row = fc.record({
      index: fc.nat().map(String),
      value: fc.integer({ min: 0, max: 2 }),
      probabilities: fc.tuple(float, float, float).map((values) => Float32Array.from(values)),
    });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const read = parsePredictions(bytes(formatPredictions(mnli, rows)), 'p.tsv', mnli);
        expect(read.map((r) => ({ ...r, probabilities: Float32Array.from(r.probabilities ?? []) }))).toEqual(
          rows,
        );
      }),
    );
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const [read] = parsePredictions(
          bytes(formatPredictions(stsb, [{ index: '0', value }])),
          'p.tsv',
          stsb,
        );
        expect(Math.fround(read?.value ?? NaN)).toBe(value + 0);
      }),
    );
  });

  it('refuses to write what it could not read', () => {
    const row = { index: '0', value: 0, probabilities: [1, 0, 0] };
    expect(() => formatPredictions(mnli, [{ ...row, value: 3 }])).toThrow(
      'row 0: no class 3, there are entailment, neutral, contradiction',
    );
    expect(() => formatPredictions(mnli, [{ ...row, probabilities: [1] }])).toThrow(
      '1 probabilities, expected 3',
    );
    expect(() => formatPredictions(mnli, [{ ...row, probabilities: [NaN, 0, 0] }])).toThrow('NaN is not');
    expect(() => formatSubmission(stsb, [{ index: 'a\tb', value: 1 }])).toThrow('tab or line break');
  });

  it('names file and line of what it cannot read', () => {
    const read = (text: string, task = mnli) => parsePredictions(bytes(text), 'p.tsv', task);
    expect(() => read('id\tprediction\n')).toThrow('p.tsv:1: the header must begin');
    expect(() => read('index\tprediction\tx\n')).toThrow('p.tsv:1: columns x, expected probability_ent');
    expect(() => read('index\tprediction\n0\tmaybe\n')).toThrow('p.tsv:2: unknown label "maybe"');
    expect(() => read('index\tprediction\n0\n')).toThrow('p.tsv:2: 1 fields, expected 2');
    expect(() => read('index\tprediction\n0\tx\n', stsb)).toThrow('p.tsv:2: score "x"');
    const header =
      'index\tprediction\tprobability_entailment\tprobability_neutral\tprobability_contradiction\n';
    expect(() => read(`${header}0\tneutral\t0\t2\t0\n`)).toThrow('p.tsv:2: probability "2"');
  });
});
