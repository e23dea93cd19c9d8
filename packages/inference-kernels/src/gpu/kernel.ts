/** A step's numbers by name; addresses and sizes in bytes are in elements of the kernel's type. */
export type Named = Readonly<Record<string, number>>;

/** A kernel in WGSL, with the numbers of the step that it computes. */
export interface GpuKernel {
  /**
   * The step's numbers: their names, each with what it is. `@` is an address in the memory of plans, `#` one of weights
   * that are read, `$` of weights that are changed, `/` a size in bytes, `~` a float; others are whole numbers. WGSL
   * finds them as `p.name`, the memory of plans as `m`, weights by their names.
   */
  readonly numbers: string;
  /** The type of what memory holds. */
  type(numbers: Named): 'u32' | 'f32' | 'vec4u' | 'vec4f';
  /** The type of weights that are changed, if another. */
  readonly changed?: 'u32';
  /** Its text but for what memory is declared; `numbers` that it depends on make another pipeline. */
  code(numbers: Named): string;
  /** How many workgroups a dispatch has. */
  groups(numbers: Named): readonly [number, number?, number?];
}

/** Threads of a workgroup of kernels that go through elements one by one. */
export const flat = 64;

/** Workgroups for so many elements; `element` is the number of a thread among them. */
export function flatGroups(elements: number): readonly [number, number] {
  const groups = Math.ceil(elements / flat);
  const wide = Math.min(groups, 32768);
  return [wide, Math.ceil(groups / wide)];
}

/** A kernel's entry that has `element`, below `elements`. */
export function flatMain(elements: string, body: string): string {
  return `@compute @workgroup_size(${flat})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = id.x + id.y * groups.x * ${flat}u;
  if (element >= ${elements}) { return; }
  ${body}
}`;
}

/** Lines that repeat for 0 ≤ i < n. */
export function each(n: number, line: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => line(i)).join('\n');
}
