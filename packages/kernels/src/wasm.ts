import { kernelsWasm } from './generated/kernels-wasm.ts';

/** The compiled module's functions (assembly/index.ts): pointers and counts in, nothing out. */
export const kernelNames = [
  'uniform',
  'dropoutMask',
  'gateSampled',
  'gateTempered',
  'gateDeterministic',
  'gateSumsSampled',
  'gateSumsTempered',
  'gateUpdateSampled',
  'gateUpdateTempered',
  'adamw',
  'squaredNorms',
] as const;
export type KernelName = (typeof kernelNames)[number];
export type KernelExports = Record<KernelName, (...numbers: number[]) => void>;

/** Whether a memory belongs to one thread, or is shared by several. */
export type MemoryKind = keyof typeof kernelsWasm;

const compiled = new Map<MemoryKind, Promise<WebAssembly.Module>>();

/** The compiled module for a kind of memory. */
export function compiledKernels(kind: MemoryKind): Promise<WebAssembly.Module> {
  let module = compiled.get(kind);
  if (module === undefined) {
    module = WebAssembly.compile(Uint8Array.from(atob(kernelsWasm[kind]), (c) => c.charCodeAt(0)));
    compiled.set(kind, module);
  }
  return module;
}
