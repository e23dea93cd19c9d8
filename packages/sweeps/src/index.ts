export { SweepError } from './errors.ts';
export { chooseRuns, expandSweep, type SweepRun } from './expand-sweep.ts';
export { formatSummary, formatTable } from './format-summary.ts';
export { runName } from './run-name.ts';
export { formatPage } from './sweep-page.ts';
export { summarize, type Cell, type Line, type RunResult, type Scores, type Summary } from './summarize.ts';
export { parseSweep, type Options, type Point, type Sweep } from './sweep-file.ts';
