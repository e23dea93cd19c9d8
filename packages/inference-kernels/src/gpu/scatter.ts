import { each, flatGroups, flatMain, type GpuKernel } from './kernel.ts';

/* Words are moved as bits, so that taking a task off is exact whatever a GPU does to floats. */

export const gather: GpuKernel = {
  numbers: 'segment$ offsets@ words@ units',
  type: () => 'u32',
  code: () => flatMain('p.units', 'm[p.words + element] = segment[m[p.offsets + element] / 4];'),
  groups: ({ units = 0 }) => flatGroups(units),
};

/** Four words a thread. */
export const scatter: GpuKernel = {
  numbers: 'segment$ offsets@ words@ units',
  type: () => 'vec4u',
  changed: 'u32',
  code: () =>
    flatMain(
      '(p.units + 3) / 4',
      `let at = m[p.offsets + element] / 4;
  let words = m[p.words + element];
  ${each(4, (i) => `if (element * 4 + ${i} < p.units) { segment[at[${i}]] = words[${i}]; }`)}`,
    ),
  groups: ({ units = 0 }) => flatGroups(Math.ceil(units / 4)),
};

export const exchange: GpuKernel = {
  numbers: 'a$ b@ units',
  type: () => 'vec4u',
  code: () =>
    flatMain(
      'p.units',
      `let there = a[p.a + element];
  a[p.a + element] = m[p.b + element];
  m[p.b + element] = there;`,
    ),
  groups: ({ units = 0 }) => flatGroups(units),
};
