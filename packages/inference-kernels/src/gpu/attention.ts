import { each, type GpuKernel } from './kernel.ts';

/**
 * A query of a head a thread, which goes through the keys four at a time: the softmax is that of Milakov & Gimelshein
 * 2018, whose sum is scaled anew where a larger score comes.
 */
export const attention: GpuKernel = {
  numbers: 'q@ qStride/ k@ v@ stride/ mask@ out@ outStride/ heads rows length size scale~ units',
  type: ({ size = 0 }) => (size % 4 === 0 ? 'vec4u' : 'u32'),
  code({ size = 0 }) {
    const isWide = size % 4 === 0;
    const [type, word, width] = isWide ? ['vec4f', 'vec4u', size / 4] : ['f32', 'u32', size];
    const parts = (write: (i: number) => string): string => each(width, write);
    const keys = (write: (j: number) => string): string => each(4, write);
    const product = (j: number, i: number): string =>
      isWide ? `dot(q${i}, at(k${j} + ${i}))` : `q${i} * at(k${j} + ${i})`;
    return `
fn at(i: u32) -> ${type} { return bitcast<${type}>(m[i]); }
fn mask(i: u32) -> f32 { return select(-10000.0, 0.0, ${isWide ? 'm[p.mask + i / 4][i % 4]' : 'm[p.mask + i]'} != 0); }
@compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= p.rows) { return; }
  let column = id.y * ${width}; let first = id.z * p.length; let row = id.z * p.rows + id.x;
  let query = p.q + row * p.qStride + column;
  ${parts((i) => `let q${i} = at(query + ${i}) * p.scale; var o${i} = ${type}();`)}
  var top = -1e30; var sum = 0.0;
  for (var j = 0u; j < p.length; j += 4) {
    ${keys((j) => {
      const sum = Array.from({ length: width }, (_, i) => product(j, i)).join(' + ');
      return `let j${j} = first + min(j + ${j}, p.length - 1); let k${j} = p.k + j${j} * p.stride + column;
    var s${j} = select(-1e30, mask(j${j}) + ${sum}, j + ${j} < p.length);`;
    })}
    let next = max(max(max(s0, s1), max(s2, s3)), top); let keep = exp(top - next); top = next;
    ${keys((j) => `s${j} = exp(s${j} - next); let v${j} = p.v + j${j} * p.stride + column;`)}
    sum = sum * keep + s0 + s1 + s2 + s3;
    ${parts((i) => `o${i} = o${i} * keep + s0 * at(v0 + ${i}) + s1 * at(v1 + ${i}) + s2 * at(v2 + ${i}) + s3 * at(v3 + ${i});`)}
  }
  let to = p.out + row * p.outStride;
  ${parts((i) => `m[to + column + ${i}] = bitcast<${word}>(o${i} / sum);`)}
  if (id.y + 1 == p.heads) {
    for (var i = column + ${width}; i < p.outStride; i++) { m[to + i] = ${word}(); }
  }
}`;
  },
  groups: ({ rows = 0, heads = 1, units = 0 }) => [Math.ceil(rows / 32), heads, units / heads],
};
