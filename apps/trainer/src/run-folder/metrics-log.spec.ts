import fc from 'fast-check';
import {
  formatMetrics,
  linesUpTo,
  parseMetrics,
  type EvaluationLine,
  type MetricsLine,
} from './metrics-log.ts';

function step(stage: 'l0-training' | 'fixed-mask', step: number): MetricsLine {
  const measured = { loss: 0.5, gradientNorm: 1, learningRateFactor: 1, examplesPerSecond: 10 };
  return { kind: 'step', stage, step, epoch: 1, ...measured };
}

function evaluation(stage: 'l0-training' | 'fixed-mask', step: number): EvaluationLine {
  return {
    kind: 'evaluation',
    stage,
    step,
    epoch: 1,
    splits: { dev: { scores: { accuracy: 0.5 }, main: 0.5 } },
  };
}

const lines: MetricsLine[] = [
  step('l0-training', 1),
  step('l0-training', 2),
  evaluation('l0-training', 2),
  { kind: 'projection', kept: 5, nonzero: 4 },
  step('fixed-mask', 1),
  step('fixed-mask', 2),
  {
    ...evaluation('fixed-mask', 2),
    samples: { dev: { count: 10, mean: { accuracy: 0.5 }, deviation: { accuracy: 0.01 } } },
  },
  {
    kind: 'stored',
    values: 'int8',
    relativeError: 0.004,
    splits: { dev: { scores: { accuracy: 0.5 }, main: 0.5 } },
  },
];

describe('parseMetrics', () => {
  it('reads what was written, whatever is missing at the end', () => {
    const text = formatMetrics(lines);
    fc.assert(
      fc.property(fc.nat(text.length), (cut) => {
        const read = parseMetrics(text.slice(0, cut), 'metrics.jsonl');
        expect(read).toEqual(lines.slice(0, text.slice(0, cut).split('\n').length - 1));
      }),
    );
  });

  it('names a broken line', () => {
    const whole = formatMetrics(lines.slice(0, 1));
    expect(() => parseMetrics(`${whole}{"ki\n${whole}`, 'runs/a/metrics.jsonl')).toThrow(
      "runs/a/metrics.jsonl:2: not a line of a run's metrics",
    );
  });
});

describe('linesUpTo', () => {
  it('keeps what a run has written before a checkpoint, without the evaluation that comes again', () => {
    expect(linesUpTo(lines, undefined)).toEqual([]);
    expect(linesUpTo(lines, { stage: 'l0-training', step: 1 })).toEqual(lines.slice(0, 1));
    expect(linesUpTo(lines, { stage: 'l0-training', step: 2 })).toEqual(lines.slice(0, 2));
    expect(linesUpTo(lines, { stage: 'fixed-mask', step: 1 })).toEqual(lines.slice(0, 5));
    expect(linesUpTo(lines, { stage: 'fixed-mask', step: 2 })).toEqual(lines.slice(0, 6));
    // not every step has a line
    const sparse = lines.filter((line) => line.kind !== 'step' || line.step === 2);
    expect(linesUpTo(sparse, { stage: 'l0-training', step: 1 })).toEqual([]);
    expect(linesUpTo(sparse, { stage: 'fixed-mask', step: 1 })).toEqual(sparse.slice(0, 3));
    expect(linesUpTo(sparse.slice(0, 3), { stage: 'fixed-mask', step: 1 })).toEqual(sparse.slice(0, 3));
  });
});
