export type { GoldAnswer, QuestionExample } from './question.ts';
export {
  completeSpanSettings,
  defaultMaxLength,
  defaultSpanSettings,
  type SpanSettings,
} from './span-settings.ts';
export { spanCodec, squadTask, squadTasks } from './span-task.ts';
export type { SpanAnswer, SpanCandidate } from './decode-spans.ts';
export type { ContextWindow, SpanFeatures } from './encode-questions.ts';
export { formatNBest, formatNullOdds, formatPredictions } from './predictions.ts';
export { parseSquadJson } from './official-json.ts';
export { questionRecords } from './question-records.ts';
export { findQuestions, questionFormats, squadFiles, type QuestionFormat } from './squad-files.ts';
