export { resolveCheckpoint, type ResolveCheckpointOptions } from './resolve-checkpoint.ts';
