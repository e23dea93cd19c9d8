import { checkTensor } from './tensor.ts';
import type { SparseDiff } from './types.ts';

/**
 * A diff as a safetensors file, for readers in other languages: for each tensor `<name>.positions` (int64, flat
 * row-major indices) and `<name>.values` (fp32), or `<name>` itself (fp32, in its shape) where it is replaced
 * densely. The header's `__metadata__` has `operations` and `shapes`, JSON objects by tensor name, and
 * `manifest`, the manifest as JSON.
 *
 * @throws TensorError for a tensor that is not well formed
 */
export function toSafetensors(diff: SparseDiff): Uint8Array {
  const parts: { name: string; dtype: 'I64' | 'F32'; shape: readonly number[]; data: Uint8Array }[] = [];
  for (const tensor of diff.tensors) {
    checkTensor(tensor);
    const { name, positions, values } = tensor;
    const floats = { dtype: 'F32', data: new Uint8Array(values.slice().buffer) } as const;
    if (tensor.operation === 'replace-dense') {
      parts.push({ name, shape: tensor.shape, ...floats });
      continue;
    }
    // An int64 below 2^32 is two words, the upper one 0.
    const words = new Uint32Array(2 * positions.length);
    for (let i = 0; i < positions.length; i++) words[2 * i] = positions[i]!;
    parts.push({
      name: `${name}.positions`,
      dtype: 'I64',
      shape: [positions.length],
      data: new Uint8Array(words.buffer),
    });
    if (tensor.operation !== 'zero') {
      parts.push({ name: `${name}.values`, shape: [values.length], ...floats });
    }
  }
  // Wider numbers first keeps every tensor aligned.
  parts.sort((a, b) => Number(a.dtype === 'F32') - Number(b.dtype === 'F32'));
  const { unknown: _, ...manifest } = diff.manifest;
  const byName = <Value>(value: (tensor: SparseDiff['tensors'][number]) => Value): string =>
    JSON.stringify(Object.fromEntries(diff.tensors.map((tensor) => [tensor.name, value(tensor)])));
  const header: Record<string, unknown> = {
    __metadata__: {
      format: 'pt',
      manifest: JSON.stringify(manifest),
      operations: byName(({ operation }) => operation),
      shapes: byName(({ shape }) => shape),
    },
  };
  let offset = 0;
  for (const { name, dtype, shape, data } of parts) {
    header[name] = { dtype, shape, data_offsets: [offset, (offset += data.length)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + offset).fill(0x20, 8 + text.length, start);
  new DataView(bytes.buffer).setUint32(0, start - 8, true);
  bytes.set(text, 8);
  let end = start;
  for (const { data } of parts) {
    bytes.set(data, end);
    end += data.length;
  }
  return bytes;
}
