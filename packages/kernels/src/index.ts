export { KernelError } from './errors.ts';
export { Slab } from './slab.ts';
export { setThreads } from './threads.ts';
export { rowStates, type Rows } from './piece.ts';
export { fillDropoutMask, fillUniform, streamKey, uniformAt } from './random.ts';
export type { Key } from './random.ts';
export { finalSampleStep, initialValuesStream, streamOf } from './streams.ts';
export { adamw } from './adamw.ts';
export { bernoulli, bernoulliGradients } from './bernoulli.ts';
export type { BernoulliDraw } from './bernoulli.ts';
export type { AdamWStep } from './adamw.ts';
export { gate, gateGradients, gateRowSums, gateUpdate } from './gate.ts';
export type {
  GateDistribution,
  GateDraw,
  GateStep,
  GateSums,
  GateTable,
  NextGate,
  PenalisedGateDraw,
} from './gate.ts';
export { selectTop } from './selection.ts';
export type { Cut, Scoring, Selection } from './selection.ts';
export { mask, maskGradients, maskUpdate } from './mask.ts';
export type { MaskedArrays, Masking, MaskStep, MaskSums } from './mask.ts';
export { squaredNorm } from './norm.ts';
