// In this workspace the core is @tensorflow/tfjs-core itself, whose tests and backends are there, too; published, it is
// what tools/generate.mjs makes of it.
export * from '@tensorflow/tfjs-core';
