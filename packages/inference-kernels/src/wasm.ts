/** The compiled module's functions (assembly/index.ts); numbers alone come and go. */
export type KernelExports = Readonly<Record<string, (...numbers: number[]) => number>>;

/** Whether a memory belongs to one thread, or is shared by several. */
export type MemoryKind = 'plain' | 'shared';

/**
 * The compiled kernels: for a memory of one thread's own and for a shared one, without and with relaxed SIMD. A page loads
 * the one that it runs.
 */
const modules = {
  plain: () => import('./generated/wasm/plain.ts'),
  plainRelaxed: () => import('./generated/wasm/plainRelaxed.ts'),
  shared: () => import('./generated/wasm/shared.ts'),
  sharedRelaxed: () => import('./generated/wasm/sharedRelaxed.ts'),
};

/** (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd ...)) */
const relaxedSimd = decode('AGFzbQEAAAABCAFgA3t7ewF7AwIBAAoNAQsAIAAgASAC/YUCCw==');

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** Whether the runtime has relaxed SIMD. Node 20 has it, behind a flag, which is set here. */
export function hasRelaxedSimd(): boolean {
  if (WebAssembly.validate(relaxedSimd)) return true;
  globalThis.process?.getBuiltinModule?.('v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxedSimd);
}

/** The compiled module for a kind of memory. @param relaxed whether it may use relaxed SIMD: if it is there, unless said */
export async function compileKernels(
  kind: MemoryKind,
  relaxed = hasRelaxedSimd(),
): Promise<WebAssembly.Module> {
  const { code } = await modules[relaxed ? (`${kind}Relaxed` as const) : kind]();
  return WebAssembly.compile(decode(code));
}
