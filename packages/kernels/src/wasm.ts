import { kernelsWasm } from './generated/kernels-wasm.ts';
import type { KernelName } from './struct.ts';

export type KernelExports = Readonly<Record<KernelName, (call: number) => void>>;

/** Whether a memory belongs to one thread, or is shared by several. */
export type MemoryKind = 'plain' | 'shared';

/** (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd ...)) */
const relaxedSimd = decode('AGFzbQEAAAABCAFgA3t7ewF7AwIBAAoNAQsAIAAgASAC/YUCCw==');

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** Whether the runtime has relaxed SIMD. Node 20 has it, behind a flag, which is set here. */
export function hasRelaxedSimd(): boolean {
  if (WebAssembly.validate(relaxedSimd)) return true;
  globalThis.process?.getBuiltinModule?.('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxedSimd);
}

const compiled = new Map<MemoryKind, Promise<WebAssembly.Module>>();

/** The compiled module for a kind of memory. */
export function compiledKernels(kind: MemoryKind): Promise<WebAssembly.Module> {
  let module = compiled.get(kind);
  if (module === undefined) {
    const code = kernelsWasm[hasRelaxedSimd() ? (`${kind}Relaxed` as const) : kind];
    module = WebAssembly.compile(decode(code));
    compiled.set(kind, module);
  }
  return module;
}
