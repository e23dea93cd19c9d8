export { FileError, JsonError } from './errors.ts';
export { excerpt, excerptJson, type JsonRules, parseJson } from './json.ts';
