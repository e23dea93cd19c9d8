export { floatToHalf, halfToFloat } from './numbers.ts';
export { PyTorchFileError } from './pytorch-error.ts';
export { openPyTorch } from './pytorch-file.ts';
export { decodeSafetensors, openSafetensors, SafetensorsError } from './safetensors.ts';
export type { StoredTensor, TensorFile } from './tensor-file.ts';
