export { KernelError, Slab } from './slab.ts';
export { fillDropoutMask, fillUniform, streamKey, uniformAt } from './random.ts';
export type { Key } from './random.ts';
export { adamw } from './adamw.ts';
export type { AdamWStep } from './adamw.ts';
export { gate, gateSums, gateUpdate } from './gate.ts';
export type { GateCall, GateDistribution, GateSums, PenalisedGateCall } from './gate.ts';
export { squaredNorm } from './norm.ts';
