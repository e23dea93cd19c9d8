import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Which floors a floor may import from (a lower one only; see the README's picture of the house). */
const floors = {
  cellar: [],
  ground: ['cellar'],
  model: ['ground', 'cellar'],
  inference: ['model', 'ground', 'cellar'],
  training: ['inference', 'model', 'ground', 'cellar'],
  pretraining: ['training', 'inference', 'model', 'ground', 'cellar'],
  app: ['pretraining', 'training', 'inference', 'model', 'ground', 'cellar'],
  tool: ['app', 'pretraining', 'training', 'inference', 'model', 'ground', 'cellar'],
};
const testing = 'floor:testing';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/generated/**', '**/node_modules/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { URL: 'readonly', process: 'readonly', console: 'readonly' } },
  },
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: ['@diffprune/testing'],
          depConstraints: [
            ...Object.entries(floors).map(([floor, below]) => ({
              sourceTag: `floor:${floor}`,
              onlyDependOnLibsWithTags: [...below.map((name) => `floor:${name}`), testing],
            })),
            { sourceTag: testing, onlyDependOnLibsWithTags: [] },
          ],
        },
      ],
    },
  },
  {
    files: ['**/assembly/**/*.ts'], // AssemblyScript, which has neither `import type` nor packages
    rules: { '@typescript-eslint/consistent-type-imports': 'off', '@nx/enforce-module-boundaries': 'off' },
  },
);
