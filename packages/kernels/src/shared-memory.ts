/** What is used of koffi. */
interface Koffi {
  address(value: ArrayBufferView): bigint;
  view(address: bigint, bytes: number): ArrayBuffer;
}

let koffi: Koffi | undefined;

/**
 * Loads koffi, which can name memory by its address.
 *
 * @throws Error if it has no build for this platform
 */
export function loadKoffi(): void {
  const { createRequire } = process.getBuiltinModule('node:module');
  koffi ??= createRequire(import.meta.url)('koffi') as Koffi;
}

/**
 * The bytes of a shared memory as an ArrayBuffer that does not say so: native code, such as ONNX Runtime, refuses
 * SharedArrayBuffers (Node-API does in Node 20), and typed arrays copy them word by word. It is valid as long as the
 * memory lives; `loadKoffi` must have been called.
 */
export function unsharedView({ buffer }: WebAssembly.Memory): ArrayBuffer {
  return koffi!.view(koffi!.address(new Uint8Array(buffer)), buffer.byteLength);
}
