export { loadCheckpoint, writeCheckpoint } from './checkpoint-folder.ts';
export { resolveCheckpoint, type ResolveCheckpointOptions } from './resolve-checkpoint.ts';
