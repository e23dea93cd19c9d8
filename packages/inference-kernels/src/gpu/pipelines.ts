/// <reference types="@webgpu/types" />
import type { Step } from '../steps.ts';
import { attention } from './attention.ts';
import type { GpuKernel, Named } from './kernel.ts';
import { plain, tiled } from './linear.ts';
import { add, copyRows, embed, layerNorm } from './rows.ts';
import { exchange, gather, scatter } from './scatter.ts';

/** How products are computed. */
export type Products = 'plain' | 'tiled';

const kernels: Readonly<Record<string, GpuKernel>> = {
  ...{ attention, layerNorm, add, embed, copyRows, gather, scatter, exchange },
};

/** A step, ready to be encoded. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  readonly groups: readonly [number, number?, number?];
}

/** Bytes from the numbers of a step to those of the next. */
const slot = 256;

/** Compiles kernels, once each, and binds them to buffers. */
export class Pipelines {
  products: Products = 'plain';
  readonly #compiled = new Map<string, GPUComputePipeline>();

  /** @param bufferOf the buffer that an address is in */
  constructor(
    readonly device: GPUDevice,
    readonly bufferOf: (address: number) => GPUBuffer,
  ) {}

  dispatches(steps: readonly Step[]): readonly Dispatch[] {
    if (steps.length === 0) return [];
    const usage = GPUBufferUsage.UNIFORM;
    const uniform = this.device.createBuffer({ size: slot * steps.length, usage, mappedAtCreation: true });
    const all = uniform.getMappedRange();
    const dispatches = steps.map((step, i) => {
      const resource = { buffer: uniform, offset: slot * i, size: slot };
      return this.#dispatch(step, resource, new DataView(all, slot * i, slot));
    });
    uniform.unmap();
    return dispatches;
  }

  /** @param numbers of the step, as the kernel gets them by `resource`: overwritten */
  #dispatch(step: Step, resource: GPUBufferBinding, numbers: DataView): Dispatch {
    const kernel = step.kernel === 'linear' ? { plain, tiled }[this.products] : kernels[step.kernel]!;
    const fields = kernel.numbers.split(' ').map((field) => /^(\w+)(\W?)$/.exec(field)!.slice(1));
    const given = [...step.numbers, step.units];
    const named = Object.fromEntries(fields.map(([name], i) => [name!, given[i]!]));
    const type = kernel.type(named);
    const changed = kernel.changed ?? type;
    const bytesOf = (each: string): number => (each.startsWith('vec4') ? 16 : 4);
    const values: Record<string, number> = {};
    let memory: GPUBuffer | undefined;
    const weights: [string, string, GPUBuffer][] = [];
    fields.forEach(([name = '', kind = ''], i) => {
      const number = given[i]!;
      const isAddress = '@#$'.includes(kind) && kind !== '' && number !== 0;
      if (isAddress) {
        const buffer = this.bufferOf(number);
        if (kind === '@') memory ??= buffer;
        else weights.push([name, kind === '#' ? 'read' : 'read_write', buffer]);
      }
      values[name] =
        '@#$/'.includes(kind) && kind !== ''
          ? (number % 2 ** 32) / bytesOf(kind === '$' ? changed : type)
          : number;
      if (kind === '~') numbers.setFloat32(4 * i, number, true);
      else numbers.setUint32(4 * i, values[name], true);
    });
    const struct = fields.map(([name, kind]) => `${name}: ${kind === '~' ? 'f32' : 'u32'}`).join(', ');
    const declared = weights
      .map(
        ([name, access], i) =>
          `@group(0) @binding(${i + 2}) var<storage, ${access}> ${name}: array<${access === 'read' ? type : changed}>;`,
      )
      .join('\n');
    const code = `struct P { ${struct} }
@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read_write> m: array<${type}>;
${declared}
${kernel.code(named)}`;
    const buffers = [memory!, ...weights.map(([, , buffer]) => buffer)];
    const pipeline = this.#compile(code);
    const entries = [resource, ...buffers.map((buffer) => ({ buffer }))].map((each, binding) => {
      return { binding, resource: each };
    });
    const bindings = this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    return { pipeline, bindings, groups: kernel.groups(values as Named) };
  }

  #compile(code: string): GPUComputePipeline {
    let pipeline = this.#compiled.get(code);
    if (pipeline === undefined) {
      const module = this.device.createShaderModule({ code });
      const compute = { module, entryPoint: 'main' };
      pipeline = this.device.createComputePipeline({ layout: 'auto', compute });
      this.#compiled.set(code, pipeline);
    }
    return pipeline;
  }
}
