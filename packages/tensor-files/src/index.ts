export { floatToHalf, halfToFloat } from './numbers.ts';
export { PyTorchFileError } from './pytorch-error.ts';
export { decodeSafetensors, SafetensorsError, type StoredTensor } from './safetensors.ts';
