export { applyDiff, revertDiff, type Undo, type UndoTensor } from './apply.ts';
export { combineDiffs } from './combine.ts';
export { decodeDiff, DiffReader, inspectDiff, type DiffSummary, type Part } from './decode.ts';
export { entriesOfDensity } from './entries-of-density.ts';
export { entropyBits } from './entropy.ts';
export { encodeDiff, type EncodedDiff, type TensorReport } from './encode.ts';
export {
  ArgumentError,
  ChecksumError,
  FormatError,
  SparseDiffError,
  TensorError,
  VersionError,
  WrongBaseError,
} from './errors.ts';
export { extractExact } from './extract-exact.ts';
export { extractPruned } from './extract-pruned.ts';
export { extractTensors, type Selection, type TensorPair } from './extract.ts';
export { fingerprintTensors, fingerprintText } from './fingerprint.ts';
export { createManifest } from './manifest.ts';
export { toSafetensors } from './safetensors.ts';
export { selectLargest } from './select.ts';
export { DiffStack } from './stack.ts';
export { checkTensor } from './tensor.ts';
export { applyStream, decodeStream } from './stream.ts';
export type { EncodedTensor, TensorSummary } from './tensor-message.ts';
export type {
  Base,
  BaseTensor,
  DiffTensor,
  Manifest,
  Operation,
  Properties,
  SparseDiff,
  StoredCoding,
  ValueCoding,
} from './types.ts';
export { visitTensor, type TensorVisitor } from './visit.ts';
