/** Pickles by hand, operation by operation, as `pickletools.dis` would show them. */

export const bytes = (...parts: (number | string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'number' ? Buffer.of(part) : typeof part === 'string' ? Buffer.from(part) : part,
    ),
  );

const uint32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

export const text = (value: string): Uint8Array => bytes('X', uint32(Buffer.byteLength(value)), value);
export const int = (value: number): Uint8Array => bytes('J', uint32(value));
export const long = (value: bigint, length: number): Uint8Array =>
  bytes(0x8a, length, ...Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)));
export const tuple = (...items: Uint8Array[]): Uint8Array => bytes('(', ...items, 't');
export const list = (...items: Uint8Array[]): Uint8Array => bytes(']', '(', ...items, 'e');
export const dict = (entries: Record<string, Uint8Array>): Uint8Array =>
  bytes('}', '(', ...Object.entries(entries).flatMap(([name, value]) => [text(name), value]), 'u');
export const global = (module: string, name: string): Uint8Array => bytes(`c${module}\n${name}\n`);
export const call = (callee: Uint8Array, ...args: Uint8Array[]): Uint8Array =>
  bytes(callee, tuple(...args), 'R');
export const pickle = (value: Uint8Array): Uint8Array => bytes(0x80, 2, value, '.');
export const no = bytes(0x89);
export const yes = bytes(0x88);

/** A reference to a storage; the older form names a view of it too, which is None. */
export function storage(type: string, key: string, length: Uint8Array, ...view: Uint8Array[]): Uint8Array {
  return bytes(tuple(text('storage'), global('torch', type), text(key), text('cpu'), length, ...view), 'Q');
}

export function tensor(
  of: Uint8Array,
  offset: Uint8Array,
  shape: Uint8Array[],
  strides: Uint8Array[],
): Uint8Array {
  const hooks = bytes(global('collections', 'OrderedDict'), ')', 'R');
  const rebuild = global('torch._utils', '_rebuild_tensor_v2');
  return call(rebuild, of, offset, tuple(...shape), tuple(...strides), no, hooks);
}
