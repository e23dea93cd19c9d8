export { readTask } from './read-task.ts';
export { readTexts } from './read-texts.ts';
export type { TextOptions } from './read-texts.ts';
