export { readPyTorchFile } from './read-pytorch-file.ts';
export {
  openSafetensorsFile,
  readSafetensorsFile,
  type SafetensorsReader,
  writeSafetensorsFile,
} from './safetensors-file.ts';
