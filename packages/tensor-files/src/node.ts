export { openPyTorch, readPyTorchFile } from './pytorch-file.ts';
export {
  openSafetensors,
  openSafetensorsFile,
  readSafetensorsFile,
  type SafetensorsReader,
  writeSafetensorsFile,
} from './safetensors-file.ts';
export { type TensorFile } from './tensor-file.ts';
