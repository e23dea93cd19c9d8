export { accuracy, f1, matthews } from './classification.ts';
export { pearson, spearman } from './correlation.ts';
export { evaluate } from './evaluate.ts';
export { evaluateConstant } from './evaluate-constant.ts';
export type { Evaluation, MetricName } from './evaluate.ts';
export { normalizeAnswer } from './normalize-answer.ts';
export { evaluateSquad, scoreAnswer } from './squad.ts';
export type { JudgedAnswer, SpanScores, SquadEvaluation, SquadVersion } from './squad.ts';
export { bestThreshold, type BestThreshold } from './squad-threshold.ts';
