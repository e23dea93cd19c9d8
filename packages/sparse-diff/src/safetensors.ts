import $protobuf from 'protobufjs/minimal.js';
import { checkTensor } from './tensor.ts';
import type { SparseDiff } from './types.ts';

type Part = [name: string, dtype: 'I64' | 'F32', shape: readonly number[], data: Uint32Array | Float32Array];

/**
 * A diff as a safetensors file, for readers in other languages: for each tensor `<name>.positions` (int64, flat
 * row-major indices) and `<name>.values` (fp32), or `<name>` itself (fp32, in its shape) where it is replaced
 * densely. The header's `__metadata__` has `tensors`, a JSON object of each one's `operation` and
 * `shape` by name, and `manifest`, the manifest as JSON.
 *
 * @throws TensorError for a tensor that is not well formed
 */
export function toSafetensors(diff: SparseDiff): Uint8Array {
  const integers: Part[] = [];
  const floats: Part[] = [];
  for (const tensor of diff.tensors) {
    checkTensor(tensor);
    const { name, operation, positions, values } = tensor;
    const dense = operation === 'replace-dense';
    if (!dense) {
      // An int64 below 2^32 is two words, the upper one 0.
      const words = new Uint32Array(2 * positions.length);
      positions.forEach((position, i) => (words[2 * i] = position));
      integers.push([`${name}.positions`, 'I64', [positions.length], words]);
    }
    if (dense) floats.push([name, 'F32', tensor.shape, values]);
    else if (operation !== 'zero') floats.push([`${name}.values`, 'F32', [values.length], values]);
  }
  // The wider numbers first keeps every tensor aligned.
  const parts = [...integers, ...floats];
  const { unknown: _, ...manifest } = diff.manifest;
  const kinds = diff.tensors.map(({ name, operation, shape }) => [name, { operation, shape }]);
  const header: Record<string, unknown> = {
    __metadata__: {
      format: 'pt',
      manifest: JSON.stringify(manifest),
      tensors: JSON.stringify(Object.fromEntries(kinds)),
    },
  };
  let offset = 0;
  for (const [name, dtype, shape, data] of parts) {
    header[name] = { dtype, shape, data_offsets: [offset, (offset += data.byteLength)] };
  }
  const json = JSON.stringify(header);
  const encoder = new TextEncoder();
  const text = encoder.encode(json + ' '.repeat(-encoder.encode(json).length & 7));
  const writer = $protobuf.Writer.create().fixed32(text.length).fixed32(0).raw(text);
  for (const [, , , { buffer, byteOffset, byteLength }] of parts) {
    writer.raw(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return new Uint8Array(writer.finish());
}
