export { ScoreMaskingError } from './errors.ts';
export { isKept, remainingCount, type Scope, thresholdCut, topCuts, type TopOptions } from './cuts.ts';
export { bernoulliMask, maskedWeight, scorePenalty, thresholdMask, topMasks } from './masks.ts';
export { fillInitialLogits, initialLogit, initialLogits, type InitialSparsity } from './initial-logits.ts';
export { cubicSchedule, type CubicSchedule } from './schedule.ts';
