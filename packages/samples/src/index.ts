export { inferenceTask, opinionTask, sampleTasks, similarityTask } from './tasks.ts';
export type { SampleTaskName } from './tasks.ts';
export { generateTask } from './generate.ts';
export type { GenerateOptions, SampleFiles } from './generate.ts';
export { writeTask } from './files.ts';
export { sampleConfig, sampleVocabulary } from './vocabulary.ts';
export { sampleModelUrls } from './sample-model.ts';
