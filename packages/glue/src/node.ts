/** In Node the package's main entry is this one: what a page has, and what reads and writes files. */
export * from './index.ts';
export { readFileBytes } from './file-bytes.ts';
export { fileRecords, hasSplit, listFiles, noFiles, readTask } from './read-task.ts';
export { readTexts } from './read-texts.ts';
export type { TextOptions } from './read-texts.ts';
