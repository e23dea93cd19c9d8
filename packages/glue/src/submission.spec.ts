import { findTask } from './glue-tasks.ts';
import { formatSubmission } from './predictions.ts';
import { formatConstantSubmission, glueSubmission, submissionFault, submissionSplits } from './submission.ts';

/** The server's spellings of a task's labels, in the order of its classes, as jiant and run_glue.py write them. */
const spellings: Record<string, string[]> = {
  'CoLA.tsv': ['0', '1'],
  'SST-2.tsv': ['0', '1'],
  'MRPC.tsv': ['0', '1'],
  'QQP.tsv': ['0', '1'],
  'MNLI-m.tsv': ['entailment', 'neutral', 'contradiction'],
  'MNLI-mm.tsv': ['entailment', 'neutral', 'contradiction'],
  'AX.tsv': ['entailment', 'neutral', 'contradiction'],
  'QNLI.tsv': ['entailment', 'not_entailment'],
  'RTE.tsv': ['entailment', 'not_entailment'],
  'WNLI.tsv': ['0', '1'],
};

/** Lines of the files of a submission that the server took, headers included. */
const lines: Record<string, number> = {
  ...{ 'AX.tsv': 1105, 'CoLA.tsv': 1064, 'MNLI-mm.tsv': 9848, 'MNLI-m.tsv': 9797, 'MRPC.tsv': 1726 },
  ...{ 'QNLI.tsv': 5464, 'QQP.tsv': 390966, 'RTE.tsv': 3001, 'SST-2.tsv': 1822, 'STS-B.tsv': 1380 },
  'WNLI.tsv': 147,
};

describe('the submission', () => {
  it('has eleven files, each for a split of one of the nine tasks', () => {
    expect(glueSubmission.map(({ file }) => file).sort()).toEqual(Object.keys(lines).sort());
    expect(submissionSplits(findTask('mnli')).map(({ file, split }) => [file, split])).toEqual([
      ['MNLI-m.tsv', 'test_matched'],
      ['MNLI-mm.tsv', 'test_mismatched'],
      ['AX.tsv', 'ax'],
    ]);
    const own = { ...findTask('rte'), splits: { test: { file: 'test.tsv', header: true, textA: 'a' } } };
    expect(submissionSplits(own)).toEqual([]);
  });

  for (const { file, task } of glueSubmission) {
    it(`spells the answers of ${file} as the server does`, () => {
      const rows = (spellings[file] ?? ['a score']).map((_, value) => ({ index: String(value), value }));
      const expected = (spellings[file] ?? ['0.000']).map((label, index) => `${index}\t${label}\n`);
      expect(formatSubmission(task, rows)).toBe(`index\tprediction\n${expected.join('')}`);
    });
  }

  it('has scores of three decimals, from 0.000 to 5.000', () => {
    const scores = [-1e-9, 0.0004, 2.718281828, 1 / 3, 5, 7.5].map((value, i) => ({ index: `${i}`, value }));
    expect(formatSubmission(findTask('stsb'), scores)).toBe(
      'index\tprediction\n0\t0.000\n1\t0.000\n2\t2.718\n3\t0.333\n4\t5.000\n5\t5.000\n',
    );
  });

  it('may have the answer that is most often right in place of a model', () => {
    for (const split of glueSubmission) {
      const [header, ...rows] = formatConstantSubmission(split).trimEnd().split('\n');
      expect([header, rows.length + 1]).toEqual(['index\tprediction', lines[split.file]]);
      const [index, answer] = rows.at(-1)!.split('\t');
      expect(index).toBe(String(rows.length - 1));
      expect(new Set(rows.map((row) => row.split('\t')[1]))).toEqual(new Set([answer]));
      expect(spellings[split.file] ?? ['2.701']).toContain(answer);
    }
    const wnli = glueSubmission.find(({ file }) => file === 'WNLI.tsv')!;
    expect(formatConstantSubmission(wnli)).toContain('\n145\t0\n');
  });

  it('must have the rows of the test set', () => {
    const wnli = glueSubmission.find(({ file }) => file === 'WNLI.tsv')!;
    const rows = Array.from({ length: 146 }, (_, row) => ({ index: String(row) }));
    expect(submissionFault(wnli, rows)).toBeUndefined();
    expect(submissionFault(wnli, rows.slice(1))).toBe("WNLI.tsv has 145 rows, GLUE's test set 146");
    expect(submissionFault(wnli, [...rows.slice(0, 145), rows[7]!])).toBe(
      "WNLI.tsv has no row with the index 145, which GLUE's test set has",
    );
  });
});
