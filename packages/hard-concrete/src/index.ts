export { diffPruningOptions, HardConcreteError, type HardConcreteOptions } from './options.ts';
export {
  deterministicGate,
  expectedL0,
  type Group,
  groupedDiff,
  groupedExpectedL0,
  probabilityNonzero,
  sample,
} from './gates.ts';
export { type GateAt, gateAt, noiseAt } from './gate-at.ts';
export {
  type DrawCall,
  FlatGates,
  type GradientCall,
  groupAlphaGradient,
  type GroupGate,
} from './flat-gates.ts';
