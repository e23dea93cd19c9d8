export { describeValues } from './describe-values.ts';
export { InputError, exitCode, explain } from './errors.ts';
export { parseCount, parseCountTo, parseNumber } from './option-values.ts';
export { engineOptions, valuesOption } from './options.ts';
export { checkOutputFile, checkOutputFolder, type Inputs } from './outputs.ts';
export { programNames } from './program-names.ts';
export { runProgram } from './run-program.ts';
export { showRows, type RowsView } from './show-rows.ts';
