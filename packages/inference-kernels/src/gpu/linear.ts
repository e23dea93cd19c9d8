import { activations, type Activation } from '../steps.ts';
import { each, type GpuKernel, type Named } from './kernel.ts';

/** x·Φ(x) with the rational function of assembly/activation.ts. */
const gelu = `
  let t = clamp(x * 0.70710678, vec4f(-4), vec4f(4));
  let s = t * t;
  let a = (((((-2.72614225801306e-10 * s + 2.77068142495902e-8) * s - 2.10102402082508e-6) * s - 5.69250639462346e-5) * s
    - 7.34990630326855e-4) * s - 2.95459980854025e-3) * s - 1.609603326175e-2;
  let b = (((-1.45660718464996e-5 * s - 2.13374055278905e-4) * s - 1.68282697438203e-3) * s - 7.37332916720468e-3) * s
    - 1.42647390514189e-2;
  return 0.5 * x * (1 + t * a / b);`;

/** In WGSL, whose tanh some drivers make infinite over infinite for large numbers; what is no number stays so. */
const functions: Readonly<Record<Activation, string>> = {
  none: 'return x;',
  gelu,
  gelu_new: `
  let t = clamp(x * (x * x * 0.0356774081 + 0.7978845608), vec4f(-10), vec4f(10));
  return 0.5 * x * (1 + tanh(t));`,
  relu: 'return select(x, vec4f(), x < vec4f());',
  tanh: 'return select(tanh(clamp(x, vec4f(-10), vec4f(10))), x, x != x);',
};

function activate({ activation }: Named): string {
  const name = (Object.keys(activations) as Activation[]).find((each) => activations[each] === activation)!;
  return `fn activate(x: vec4f) -> vec4f { ${functions[name]} }`;
}

const numbers = 'x@ xStride/ weight# bias# out@ outStride/ rows inner activation units';

/** What a thread of both variants has at last: rows of four outputs in c0, c1, … */
const store = (rows: number): string =>
  each(
    rows,
    (i) => `if (row + ${i} < p.rows) { m[p.out + (row + ${i}) * p.outStride + n] = activate(c${i}); }`,
  );

/** Rows of a thread that works alone: as many as a software driver, which reads slowly, has registers for. */
const alone = 8;

/** 8 × 4 outputs a thread, each of which reads what it needs: quickest where barriers are slow. */
export const plain: GpuKernel = {
  numbers,
  type: () => 'vec4f',
  code: (named) => `
${activate(named)}
@compute @workgroup_size(16, 4) fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x; let row = id.y * ${alone}; let width = p.units * 2;
  if (n >= width || row >= p.rows) { return; }
  ${each(alone, (i) => `let x${i} = p.x + min(row + ${i}, p.rows - 1) * p.xStride; var c${i} = bias[p.bias + n];`)}
  var at = p.weight + n;
  for (var k = 0u; k < p.inner / 4; k++) {
    ${each(alone, (i) => `let a${i} = m[x${i} + k];`)}
    ${each(4, (j) => `{ let b = weight[at]; ${each(alone, (i) => `c${i} = fma(vec4f(a${i}[${j}]), b, c${i});`)} at += width; }`)}
  }
  ${store(alone)}
}`,
  groups: ({ units = 0, rows = 0 }) => [Math.ceil(units / 8), Math.ceil(rows / (4 * alone))],
};

/**
 * 32 × 64 outputs a workgroup, which read blocks of 16 along k into its memory together: quickest on most GPUs.
 */
export const tiled: GpuKernel = {
  numbers,
  type: () => 'vec4f',
  code: (named) => `
${activate(named)}
var<workgroup> xs: array<vec4f, 128>; // [32, 16]
var<workgroup> ws: array<vec4f, 256>; // [16, 64]
@compute @workgroup_size(16, 8) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = id.x; let row = id.y * 4; let width = p.units * 2;
  let read = p.x + min(group.y * 32 + lane / 4, p.rows - 1) * p.xStride;
  let column = min(group.x * 16 + lane % 16, width - 1);
  ${each(4, (i) => `var c${i} = bias[p.bias + min(n, width - 1)];`)}
  for (var k = 0u; k < p.inner; k += 16) {
    let q = k / 4 + lane % 4;
    xs[lane] = select(vec4f(), m[read + min(q, p.inner / 4 - 1)], q * 4 < p.inner);
    ${each(2, (i) => `{ let r = min(k + lane / 16 + ${8 * i}, p.inner - 1); ws[lane + ${128 * i}] = weight[p.weight + r * width + column]; }`)}
    workgroupBarrier();
    for (var q = 0u; q < 4; q++) {
      ${each(4, (i) => `let a${i} = xs[(local.y * 4 + ${i}) * 4 + q];`)}
      ${each(4, (j) => `{ let b = ws[(q * 4 + ${j}) * 16 + local.x]; ${each(4, (i) => `c${i} = fma(vec4f(a${i}[${j}]), b, c${i});`)} }`)}
    }
    workgroupBarrier();
  }
  if (n >= width) { return; }
  ${store(4)}
}`,
  groups: ({ units = 0, rows = 0 }) => [Math.ceil(units / 8), Math.ceil(rows / 32)],
};
