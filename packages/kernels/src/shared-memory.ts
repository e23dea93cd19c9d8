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
  try {
    koffi ??= createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    throw new Error(`koffi does not load (${(cause as Error).message})`, { cause });
  }
}

/**
 * The bytes of a shared memory as an ArrayBuffer that does not say so: native code, such as ONNX Runtime, refuses
 * SharedArrayBuffers (Node-API does in Node 20), and typed arrays copy them word by word. It is valid as long as the
 * memory lives; `loadKoffi` must have been called.
 *
 * @param memory all zeros
 * @throws Error if what is written to the one does not arrive in the other
 */
export function unsharedView(memory: WebAssembly.Memory): ArrayBuffer {
  const shared = new Uint8Array(memory.buffer);
  const view = koffi!.view(koffi!.address(shared), shared.byteLength);
  const bytes = new Uint8Array(view);
  for (const at of [0, shared.byteLength - 1]) {
    if (!arrives(bytes, shared, at) || !arrives(shared, bytes, at)) {
      throw new Error(`a view of a memory by its address does not share byte ${at} with it`);
    }
  }
  return view;
}

/** Whether a byte that is written to one array can be read from another; it is 0 again afterwards. */
function arrives(from: Uint8Array, to: Uint8Array, at: number): boolean {
  if (at >= from.length) return false;
  Atomics.store(from, at, 77);
  const seen = at < to.length && Atomics.load(to, at) === 77;
  Atomics.store(from, at, 0);
  return seen;
}
