/// <reference types="@webgpu/types" />
import { InferenceKernelError } from './errors.ts';
import type { KernelMemory } from './memory.ts';
import { WasmMemory, type WasmMemoryOptions } from './wasm-memory.ts';

/** How a memory is made; threads are WebAssembly's. */
export interface MemoryOptions extends WasmMemoryOptions {
  /**
   * Where it is: `webgpu` is a GPU, `wasm` WebAssembly; `auto` a GPU where there is one, unless the processor plays it
   * (a software driver), else WebAssembly.
   *
   * @defaultValue 'auto'
   */
  readonly runtime?: 'auto' | 'wasm' | 'webgpu' | undefined;
  /**
   * How a GPU computes products: each thread on its own, or together over blocks in their workgroup's memory. Unless
   * said, the quicker way, by a short trial; `plain` where the processor plays the GPU.
   */
  readonly products?: 'plain' | 'tiled' | undefined;
}

/** @throws InferenceKernelError where it cannot be had */
export async function createMemory({
  runtime = 'auto',
  products,
  ...options
}: MemoryOptions = {}): Promise<KernelMemory> {
  if (!['auto', 'wasm', 'webgpu'].includes(runtime)) {
    throw new InferenceKernelError(`there is no runtime '${String(runtime)}'; use auto, wasm or webgpu`);
  }
  const adapter = runtime === 'wasm' ? undefined : await findAdapter();
  if (adapter && (runtime === 'webgpu' || !isPlayed(adapter))) {
    const { GpuMemory } = await import('./gpu/gpu-memory.ts'); // not for a page that has no GPU
    try {
      return await GpuMemory.create(adapter, products ?? (isPlayed(adapter) ? 'plain' : undefined));
    } catch (error) {
      if (runtime === 'webgpu') throw error;
    }
  } else if (runtime === 'webgpu') {
    throw new InferenceKernelError("WebGPU is not to be had here: use runtime 'wasm', or 'auto'");
  }
  return WasmMemory.create(options);
}

async function findAdapter(): Promise<GPUAdapter | undefined> {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  return adapter ?? undefined;
}

/** Whether it is the processor. Browsers say so in one of two places. */
function isPlayed(adapter: GPUAdapter): boolean {
  const { info } = adapter as { info?: { isFallbackAdapter?: boolean } };
  return info?.isFallbackAdapter ?? adapter.isFallbackAdapter;
}
