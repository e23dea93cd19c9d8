export { floatToHalf, halfToFloat } from './numbers.ts';
export { openPyTorch } from './open-pytorch.ts';
export { PyTorchFileError } from './pytorch-error.ts';
export { decodeSafetensors, openSafetensors, SafetensorsError } from './safetensors.ts';
export type { StoredTensor, TensorFile } from './tensor-file.ts';
