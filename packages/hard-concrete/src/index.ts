export {
  diffPruningOptions,
  gateDistribution,
  halfOpen,
  HardConcreteError,
  type HardConcreteOptions,
} from './options.ts';
export {
  deterministicGate,
  expectedL0,
  type Group,
  groupedDiff,
  groupedExpectedL0,
  probabilityNonzero,
  sample,
  summedOpenings,
} from './gates.ts';
export { type GateAt, gateAt, noiseAt, probabilityAt } from './gate-at.ts';
export { elementPrice, groupAlphaGradient, type GroupPenalty } from './group-penalty.ts';
