export * from './index.ts';
export { applyDiff } from './apply-file.ts';
export { ResidentBase } from './resident/node-resident-base.ts';
export { loadBase, readBase, type LoadBaseOptions, type StoredBase } from './read-base.ts';
