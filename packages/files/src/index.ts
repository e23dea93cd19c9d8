export { type ByteSource, memorySource, sourceBytes, sourceJson, sourceText } from './byte-source.ts';
export { FileError, JsonError } from './errors.ts';
export { excerpt, excerptJson, type JsonRules, parseJson } from './json.ts';
