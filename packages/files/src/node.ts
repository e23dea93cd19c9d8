export { readAtSync, openRegularFile, type RegularFile, type FileStamp } from './regular-file.ts';
export { readBytes, readJson, readText, readTextIfPresent } from './small-files.ts';
export { followLinks, removeTemporaries, temporarySuffix, writeFileAtomically } from './write.ts';
