export { readBase, type PretrainedBase } from './base.ts';
