export {
  changesByGroup,
  unchangedGroups,
  type GroupChanges,
  type UnchangedGroups,
} from './analyses/changes.ts';
export {
  clusterEntries,
  dispersion,
  sumClusterings,
  type Clustering,
  type Spread,
} from './analyses/clustering.ts';
export { distance, randomDistance, type Distance, type RandomDistance } from './analyses/distance.ts';
export {
  changedEntries,
  countEntries,
  differingEntries,
  zeroedEntries,
  zeroEntries,
  type EntrySet,
} from './analyses/entry-set.ts';
export { histogram, scoresAgainstWeights, type Histogram, type ScoreGrid } from './analyses/histogram.ts';
export { overlap, type Overlap } from './analyses/overlap.ts';
export {
  byLayer,
  byModule,
  byTensor,
  type Grouping,
  type PlacedParameter,
  type TensorChange,
} from './analyses/parameters.ts';
export { accuracy, f1, matthews } from './classification.ts';
export { classScores, confusionMatrix, type ClassScores } from './confusion-matrix.ts';
export { pearson, spearman } from './correlation.ts';
export { evaluate } from './evaluate.ts';
export { evaluateConstant } from './evaluate-constant.ts';
export type { Evaluation, MetricName } from './evaluate.ts';
export { normalizeAnswer } from './normalize-answer.ts';
export { evaluateSquad, scoreAnswer } from './squad.ts';
export type { JudgedAnswer, SpanScores, SquadEvaluation, SquadVersion } from './squad.ts';
export { pairedBootstrap, type PairedDifference, type PredictionPair } from './paired-bootstrap.ts';
export { bestThreshold, type BestThreshold } from './squad-threshold.ts';
