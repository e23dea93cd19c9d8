export { AppliedModel, applyDiff } from './applied-model.ts';
export { loadBase, type Base } from './base.ts';
export { classify, type Answer, type Input } from './classify.ts';
export { ApplierError } from './errors.ts';
export type { EngineOptions } from './predictors.ts';
