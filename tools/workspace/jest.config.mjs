/** @type {import('jest').Config} */
export default {
  testEnvironment: new URL('./jest-environment.mjs', import.meta.url).pathname,
  testEnvironmentOptions: { customExportConditions: ['@diffprune/source', 'node', 'node-addons'] },
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  testTimeout: 120_000,
};
