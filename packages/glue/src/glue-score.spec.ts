import { findTask } from './glue-tasks.ts';
import { glueScore, tableAverage, taskScore, type GlueScores } from './glue-score.ts';

const dev = (...metrics: Record<string, number>[]) => ({ dev: Object.assign({}, ...metrics) as object });
const pairs = (f1: number, accuracy: number) => dev({ f1, accuracy });
const mnli = (matched: number, mismatched: number) => ({
  mnli: { dev_matched: { accuracy: matched }, dev_mismatched: { accuracy: mismatched } },
});

/** Rows of GLUE's leaderboard: Sun et al. 2020 (ERNIE 2.0), table 6, and Devlin et al. 2019. */
const leaderboard: [string, number, GlueScores][] = [
  [
    'BERT-large',
    80.5,
    {
      ...{ cola: dev({ matthews: 60.5 }), sst2: dev({ accuracy: 94.9 }), mrpc: pairs(89.3, 85.4) },
      ...{ stsb: dev({ pearson: 87.6, spearman: 86.5 }), qqp: pairs(72.1, 89.3), ...mnli(86.7, 85.9) },
      ...{ qnli: dev({ accuracy: 92.7 }), rte: dev({ accuracy: 70.1 }), wnli: dev({ accuracy: 65.1 }) },
    },
  ],
  [
    'BERT-base',
    78.3,
    {
      ...{ cola: dev({ matthews: 52.1 }), sst2: dev({ accuracy: 93.5 }), mrpc: pairs(88.9, 84.8) },
      ...{ stsb: dev({ pearson: 87.1, spearman: 85.8 }), qqp: pairs(71.2, 89.2), ...mnli(84.6, 83.4) },
      ...{ qnli: dev({ accuracy: 90.5 }), rte: dev({ accuracy: 66.4 }), wnli: dev({ accuracy: 65.1 }) },
    },
  ],
];

describe("the benchmark's averaging", () => {
  it.each(leaderboard)("gives the leaderboard's score of %s", (_, published, scores) => {
    const { value, over, missing } = glueScore(scores);
    expect(value.toFixed(1)).toBe(published.toFixed(1));
    expect([over.length, missing]).toEqual([9, []]);
  });

  it("averages a task's metrics, and MNLI's sets, first", () => {
    expect(taskScore(findTask('mrpc'), pairs(0.9, 0.8))).toBeCloseTo(0.85, 12);
    expect(taskScore(findTask('stsb'), dev({ pearson: 0.5, spearman: 0.7 }))).toBeCloseTo(0.6, 12);
    expect(taskScore(findTask('mnli'), mnli(0.8, 0.6).mnli)).toBeCloseTo(0.7, 12);
    expect(taskScore(findTask('mnli'), { dev_matched: { accuracy: 0.8 } })).toBeUndefined();
    expect(taskScore(findTask('mrpc'), dev({ accuracy: 0.8 }))).toBeUndefined();
  });

  it('says which tasks are missing', () => {
    const { value, over, missing } = glueScore({
      rte: dev({ accuracy: 0.5 }),
      cola: dev({ matthews: 0.25 }),
    });
    expect([value, over]).toEqual([0.375, ['CoLA', 'RTE']]);
    expect(missing).toEqual(['SST-2', 'MRPC', 'STS-B', 'QQP', 'MNLI', 'QNLI', 'WNLI']);
    expect(glueScore({}).value).toBe(0);
  });
});

/** Rows of Guo et al. 2021: QNLI, SST-2, MNLI m and mm, CoLA, MRPC, STS-B, RTE, QQP, their average. */
const guo: [string, number[]][] = [
  ['table 1, full fine-tuning', [NaN, 94.1, 86.7, 86.0, 59.6, 88.9, 86.6, 71.2, 71.7, 80.6]],
  ['table 1, structured diff pruning', [NaN, 94.1, 86.4, 86.0, 61.1, 89.7, 86.0, 70.6, 71.1, 80.6]],
  ['table 1, diff pruning', [NaN, 93.8, 85.7, 85.6, 60.5, 87.0, 83.5, 68.1, 70.6, 79.4]],
  ['table 2, 0.5%', [93.4, 94.2, 86.4, 86.9, 63.5, 91.3, 89.5, 71.5, 86.6, 84.8]],
];

describe("the papers' average", () => {
  it.each(guo)('is that of Guo et al., %s', (_, row) => {
    const [qnli, sst2, m, mm, cola, mrpc, stsb, rte, qqp, published] = row as [number, ...number[]];
    const of = (metric: string, value?: number) => dev(Number.isNaN(value) ? {} : { [metric]: value! });
    const scores: GlueScores = {
      ...{
        cola: of('matthews', cola),
        sst2: of('accuracy', sst2),
        ...mnli(m!, mm!),
        rte: of('accuracy', rte),
      },
      ...{ qnli: of('accuracy', qnli), wnli: of('accuracy', 1), stsb: dev({ pearson: 1, spearman: stsb! }) },
      ...{ mrpc: pairs(mrpc!, 1), qqp: pairs(qqp!, 1) },
    };
    const { value, over, missing } = tableAverage(scores);
    expect(Math.abs(value - published!)).toBeLessThan(0.0501); // 79.35 is 79.4 in the table
    expect(missing).toEqual(Number.isNaN(qnli) ? ['QNLI'] : []);
    expect(over).toEqual(expect.arrayContaining(['MNLI matched', 'MNLI mismatched', 'STS-B']));
    expect(over).not.toContain('WNLI');
  });
});
