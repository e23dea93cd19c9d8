/** The module's functions. Each takes its struct, a class that extends Range (range.ts), and works on that range. */
export { uniform, dropoutMask } from './random';
export { gateSampled, gateTempered, gateTwoThirds, gateDeterministic } from './gate';
export { gateGradientsSampled, gateGradientsTempered, gateGradientsTwoThirds } from './gate-gradients';
export { gateUpdate } from './gate-update';
export { gateRowSums } from './row-sums';
export { histogram } from './selection';
export { magnitudeMask, scoreMask } from './mask';
export { magnitudeGradients, scoreGradients } from './mask-gradients';
export { magnitudeUpdate, scoreUpdate } from './mask-update';
export { bernoulli, bernoulliGradients } from './bernoulli';
export { adamw } from './adamw';
export { squaredNorms } from './sums';
