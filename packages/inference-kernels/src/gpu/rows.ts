import { flatGroups, flatMain, type GpuKernel } from './kernel.ts';

/** A row a workgroup, whose threads share its sums. */
export const layerNorm: GpuKernel = {
  numbers: 'x@ residual@ weight# bias# out@ stride/ size epsilon~ units',
  type: () => 'vec4f',
  code: ({ residual }) => `
var<workgroup> sums: array<f32, 32>;
fn total(lane: u32, own: f32) -> f32 {
  workgroupBarrier(); sums[lane] = own; workgroupBarrier();
  var s = 0.0;
  for (var i = 0u; i < 32; i++) { s += sums[i]; }
  return s;
}
@compute @workgroup_size(32) fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let row = (group.x + group.y * groups.x) * p.stride;
  if (row >= p.units * p.stride) { return; }
  var s = 0.0;
  for (var i = lane; i < p.stride; i += 32) {
    let v = m[p.x + row + i]${residual === 0 ? '' : ' + m[p.residual + row + i]'};
    m[p.out + row + i] = v;
    s += dot(v, vec4f(1));
  }
  let mean = total(lane, s) / f32(p.size);
  s = 0.0;
  for (var i = lane; i < p.stride; i += 32) {
    let d = select(vec4f(), m[p.out + row + i] - mean, i * 4 + vec4u(0, 1, 2, 3) < vec4u(p.size));
    s += dot(d, d);
  }
  let inverse = inverseSqrt(total(lane, s) / f32(p.size) + p.epsilon);
  for (var i = lane; i < p.stride; i += 32) {
    m[p.out + row + i] = (m[p.out + row + i] - mean) * inverse * weight[p.weight + i] + bias[p.bias + i];
  }
}`,
  groups: ({ units = 0 }) => [Math.min(units, 32768), Math.ceil(units / 32768)],
};

export const add: GpuKernel = {
  numbers: 'x@ y@ out@ stride/ units',
  type: () => 'vec4f',
  code: () => flatMain('p.units * p.stride', 'm[p.out + element] = m[p.x + element] + m[p.y + element];'),
  groups: ({ units = 0, stride = 0 }) => flatGroups(units * stride),
};

/** Rows of tables are padded as those of `out` are. */
export const embed: GpuKernel = {
  numbers: 'ids@ typeIds@ words# positions# types# out@ stride/ size length units',
  type: () => 'vec4u',
  code: ({ types }) =>
    flatMain(
      'p.units * p.stride',
      `let row = element / p.stride; let i = element % p.stride;
  var sum = f(words[p.words + m[p.ids + row / 4][row % 4] * p.stride + i])
    + f(positions[p.positions + row % p.length * p.stride + i]);
  ${types === 0 ? '' : 'sum += f(types[p.types + m[p.typeIds + row / 4][row % 4] * p.stride + i]);'}
  m[p.out + element] = bitcast<vec4u>(sum);`,
    ) + 'fn f(x: vec4u) -> vec4f { return bitcast<vec4f>(x); }',
  groups: ({ units = 0, stride = 0 }) => flatGroups(units * stride),
};

export const copyRows: GpuKernel = {
  numbers: 'x@ xStride/ out@ stride/ width/ units',
  type: () => 'u32',
  code: () =>
    flatMain(
      'p.units * p.stride',
      `let row = element / p.stride; let i = element % p.stride;
  m[p.out + element] = select(0u, m[p.x + row * p.xStride + min(i, p.width - 1)], i < p.width);`,
    ),
  groups: ({ units = 0, stride = 0 }) => flatGroups(units * stride),
};
