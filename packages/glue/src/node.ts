export { readTask } from './read-task.ts';
export { readTexts } from './texts.ts';
export type { TextOptions } from './texts.ts';
