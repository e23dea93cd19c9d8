import { existsSync } from 'node:fs';

/** @type {import('jest').Config} */
export default {
  testEnvironment: new URL('./jest-environment.mjs', import.meta.url).pathname,
  testEnvironmentOptions: { customExportConditions: ['@diffprune/source', 'node', 'node-addons'] },
  roots: ['src', 'web'].filter((folder) => existsSync(folder)).map((folder) => `<rootDir>/${folder}`),
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
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/web/dist'],
  testTimeout: 120_000,
};
