/**
 * The innermost loops of a matrix product, as AssemblyScript: `tile<R>` adds rows of A times a panel of 8 columns to R
 * rows of 8 sums, which stay in registers. Eight rows are two sums more than an x64 has registers for, and yet the
 * fastest in V8.
 */
const mostRows = 8;
/** Products along k in one turn of the loop; k is a multiple of it. */
const turn = 4;

const list = (n, write) => Array.from({ length: n }, (_, i) => write(i)).join('\n');

function tile(rows) {
  const each = (write) => list(rows, write);
  return `
function tile${rows}(a: usize, stride: usize, panel: usize, inner: u32, c: usize, cStride: usize, bias: usize): void {
${each((i) => `  let a${i} = ${i === 0 ? 'a' : `a${i - 1} + stride`};\n  const c${i} = ${i === 0 ? 'c' : `c${i - 1} + cStride`};`)}
${each((i) => `  let l${i} = v128.load(bias == 0 ? c${i} : bias);\n  let h${i} = v128.load(bias == 0 ? c${i} : bias, 16);`)}
  const end = panel + (<usize>inner << 5);
  do {
${list(turn, (k) =>
  [
    `    ${k === 0 ? 'let ' : ''}low = v128.load(panel, ${32 * k});`,
    `    ${k === 0 ? 'let ' : ''}high = v128.load(panel, ${32 * k + 16});`,
    each((i) =>
      [
        `    ${k === 0 && i === 0 ? 'let ' : ''}x = v128.load_splat<f32>(a${i}, ${4 * k});`,
        `    l${i} = Fused.add(x, low, l${i});`,
        `    h${i} = Fused.add(x, high, h${i});`,
      ].join('\n'),
    ),
  ].join('\n'),
)}
${each((i) => `    a${i} += ${4 * turn};`)}
    panel += ${32 * turn};
  } while (panel < end);
${each((i) => `  v128.store(c${i}, l${i});\n  v128.store(c${i}, h${i}, 16);`)}
}
`;
}

/** The source of assembly/generated/tiles.ts. */
export const tiles = `import { Fused } from '../../../../tools/workspace/assembly/fused';
${list(mostRows, (i) => tile(i + 1))}
/**
 * C = A·panel for up to ${mostRows} rows of A: C[i][j] = bias[j] + Σ_k A[i][k]·panel[k][j], or what C holds in place of
 * the bias where that is 0. Strides in bytes; inner is a multiple of ${turn}, not 0.
 */
export function tile(
  rows: u32, a: usize, stride: usize, panel: usize, inner: u32, c: usize, cStride: usize, bias: usize,
): void {
  switch (rows) {
${list(mostRows - 1, (i) => `    case ${i + 1}: return tile${i + 1}(a, stride, panel, inner, c, cStride, bias);`)}
    default: return tile${mostRows}(a, stride, panel, inner, c, cStride, bias);
  }
}
`;
