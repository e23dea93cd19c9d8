export { readTextIfPresent, temporarySuffix, writeFileAtomically } from './files.ts';
export { resolveCheckpoint, type ResolveCheckpointOptions } from './resolve-checkpoint.ts';
