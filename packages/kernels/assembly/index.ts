/**
 * The module's functions. Each works on a range: pointers to its first element, the index of that element in the
 * whole array (which the random numbers go by) and a count, a multiple of 4 and not 0.
 */
export { uniform, dropoutMask } from './random';
export { gateSampled, gateTempered, gateDeterministic } from './gate';
export { gateGradientsSampled, gateGradientsTempered } from './gate-gradients';
export { gateUpdate } from './gate-update';
export { gateRowSums } from './row-sums';
export { adamw } from './adamw';
export { squaredNorms } from './sums';
