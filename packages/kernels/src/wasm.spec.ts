import { kernelsWasm } from './generated/kernels-wasm.ts';
import { hasRelaxedSimd, type KernelExports, type MemoryKind } from './wasm.ts';

const count = 1024;
/** Byte offsets of the arrays; scratch memory lies before them. */
const [out, base, w, alpha] = [8192, 12288, 16384, 20480];

/** θ' = θ + z·w as a compiled module writes it. */
async function gated(variant: keyof typeof kernelsWasm, kind: MemoryKind): Promise<Float32Array> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: kind === 'shared' });
  const array = (at: number) => new Float32Array(memory.buffer, at, count);
  for (let i = 0; i < count; i++) {
    array(base)[i] = Math.sin(i);
    array(w)[i] = Math.cos(i);
    array(alpha)[i] = 5 * Math.sin(3 * i);
  }
  const code = Uint8Array.from(atob(kernelsWasm[variant]), (c) => c.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(code, { env: { memory } });
  const { gateSampled } = instance.exports as unknown as KernelExports;
  gateSampled(out, base, w, alpha, 0, count, 0, 0, count, 0, 1, 2, 1, -1.5, 3, 1);
  return array(out).slice();
}

it.each(['plain', 'shared'] as const)(
  'computes the same with relaxed SIMD, but for rounding, in %s memory',
  async (kind) => {
    expect(hasRelaxedSimd()).toBe(true); // Node has it, from 20 on
    const [strict, relaxed] = [await gated(kind, kind), await gated(`${kind}Relaxed`, kind)];
    const largest = strict.reduce((most, x, i) => Math.max(most, Math.abs(x - relaxed[i]!)), 0);
    expect(largest).toBeLessThan(1e-6);
    expect(strict.some((x, i) => x !== Math.fround(Math.sin(i)))).toBe(true); // gates did open
  },
);
