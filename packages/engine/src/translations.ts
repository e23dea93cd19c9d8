import { constants } from './constants.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import type { Translations } from './kernel-call.ts';
import { matmul } from './matmul.ts';
import { reductions } from './reductions.ts';
import { shapes } from './shapes.ts';

/** Every TensorFlow.js kernel that a program can hold. */
export const translations: Translations = {
  ...elementwise,
  ...reductions,
  ...matmul,
  ...shapes,
  ...indexing,
  ...constants,
};
