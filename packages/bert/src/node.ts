/** In Node the package's main entry is this one: what a page has, and what reads and writes files. */
export * from './index.ts';
export { loadCheckpoint, writeCheckpoint } from './checkpoint-folder.ts';
export { resolveCheckpoint, type ResolveCheckpointOptions } from './resolve-checkpoint.ts';
