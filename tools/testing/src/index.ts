export { countArrays } from './count-arrays.ts';
export { itShared } from './shared.ts';
export { describePython, type RunPython } from './python.ts';
export { readmeExample, readmeTypeErrors, runReadmeExample } from './readme-example.ts';
