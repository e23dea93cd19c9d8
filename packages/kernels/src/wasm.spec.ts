import { kernelsWasm } from './generated/kernels-wasm.ts';
import { writeCall } from './struct.ts';
import { hasRelaxedSimd, type KernelExports, type MemoryKind } from './wasm.ts';

const count = 1024;
/** Byte offsets of the kernel's struct and of the arrays; scratch memory lies before them. */
const callAt = 4096;
const pointers = { out: 8192, base: 12288, w: 16384, alpha: 20480 };

/** θ' = θ + z·w as a compiled module writes it. */
async function gated(variant: keyof typeof kernelsWasm, kind: MemoryKind): Promise<Float32Array> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: kind === 'shared' });
  const array = (at: number) => new Float32Array(memory.buffer, at, count);
  for (let i = 0; i < count; i++) {
    array(pointers.base)[i] = Math.sin(i);
    array(pointers.w)[i] = Math.cos(i);
    array(pointers.alpha)[i] = 5 * Math.sin(3 * i);
  }
  const code = Uint8Array.from(atob(kernelsWasm[variant]), (c) => c.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(code, { env: { memory } });
  const { gateSampled } = instance.exports as unknown as KernelExports;
  const words = { u32: new Uint32Array(memory.buffer), f32: new Float32Array(memory.buffer) };
  const range = { index: 0, count, rows: 0, order: 0, width: count, sums: 0, scratch: 0 };
  const distribution = { low: -1.5, span: 3, openOdds: 1, inverseTemperature: 1 };
  const draw = { distribution, key0: 1, key1: 2, groupGate: 1 };
  writeCall(words, callAt, 'gateSampled', range, (name) => pointers[name as keyof typeof pointers], {
    draw,
    based: 1,
  });
  gateSampled(callAt);
  return array(pointers.out).slice();
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
