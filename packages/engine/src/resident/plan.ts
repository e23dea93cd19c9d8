import {
  addStep,
  Allocator,
  copyStep,
  strideOf,
  type Phase,
  type Plan,
  type Rows,
  type Step,
  type WeightLayout,
} from '@diffprune/inference-kernels';
import { TraceError } from '../errors.ts';
import { constantValues, sameShape, type Value } from '../graph.ts';
import { domain, type Placed } from '../operations/operation.ts';
import { operations } from '../operations/operations.ts';
import { sizeOf } from '../tensors.ts';
import type { OutputValue } from '../trace.ts';
import type { ResidentWeights } from './weights.ts';

/** A value in memory: rows of its last axis, or whole numbers one behind the other. */
interface Stored extends Rows {
  readonly rows: number;
  readonly size: number;
  /** What it lies in, that is given back when it was last read. */
  readonly buffer: Buffer;
}

/** Memory that values share that are the same numbers in other shapes. */
interface Buffer {
  readonly at: number;
  readonly bytes: number;
  /** Steps that are still to read it, and outputs. */
  readers: number;
}

/** Where an input of whole numbers goes, and what they must be below, if they choose rows. */
export interface WordInput {
  readonly at: number;
  readonly limit: number;
  readonly table: string;
}

/** A traced function as steps in a memory. */
export interface PlannedProgram {
  readonly plan: Plan;
  readonly inputs: ReadonlyMap<string, WordInput>;
  readonly outputs: ReadonlyMap<string, Rows & { readonly rows: number; readonly size: number }>;
  /** Bytes that it takes from its first address on. */
  readonly bytes: number;
}

/**
 * Lays out the values of a trace that keeps operations, and the steps that compute them.
 *
 * @param base the first address of its memory
 * @param threads that need working memory each
 * @throws TraceError for what no kernel computes, by name
 */
export function planProgram(
  values: Readonly<Record<string, OutputValue>>,
  weights: ResidentWeights,
  base: number,
  threads: number,
): PlannedProgram {
  return new Planner(values, weights, base).plan(threads);
}

class Planner {
  readonly #memory: Allocator;
  readonly #stored = new Map<Value, Stored>();
  readonly #inputs = new Map<string, WordInput>();
  readonly #nodes: readonly Value[];
  readonly #readers: ReadonlyMap<Value, number>;
  readonly #phases: Step[][] = [];
  /** What the steps of the last phase write, and what they were the last to read. */
  #written = new Set<Buffer>();
  #read: Buffer[] = [];
  #scratch = 0;

  constructor(
    readonly outputs: Readonly<Record<string, OutputValue>>,
    readonly weights: ResidentWeights,
    readonly base: number,
  ) {
    this.#memory = new Allocator(base, () => {});
    const found = new Set<Value>();
    const readers = new Map<Value, number>();
    const visit = (value: Value): void => {
      readers.set(value, (readers.get(value) ?? 0) + 1);
      if (found.has(value)) return;
      found.add(value);
      if (value.source.kind === 'node') value.source.inputs.forEach(visit);
    };
    Object.values(outputs).forEach(visit);
    // Inputs are there before the first step, so they share memory with nothing.
    for (const { source, dtype, shape } of found) {
      if (source.kind !== 'input' || dtype !== 'int32') continue;
      this.#inputs.set(source.name, { at: this.#memory.take(4 * sizeOf(shape)), limit: Infinity, table: '' });
    }
    this.#readers = readers;
    this.#nodes = [...found].filter(({ source }) => source.kind === 'node').sort((a, b) => a.id - b.id);
  }

  plan(threads: number): PlannedProgram {
    for (const value of this.#nodes) this.#compute(value);
    const outputs = new Map(
      Object.entries(this.outputs).map(([name, value]) => [name, this.#place(value)] as const),
    );
    const scratchBytes = Math.ceil(this.#scratch / 64) * 64;
    const scratch = this.#memory.end; // all steps use it
    const plan = { phases: this.#phases satisfies Phase[], scratch, scratchBytes };
    const bytes = scratch + threads * scratchBytes - this.base;
    return { plan, inputs: this.#inputs, outputs, bytes };
  }

  #compute(value: Value): void {
    const { source } = value;
    if (source.kind !== 'node') return;
    const [first] = source.inputs;
    if (source.operator === 'Reshape' || source.operator === 'Identity') this.#alias(value, first!);
    else if (source.operator === 'Slice') this.#slice(value, source.inputs);
    else if (source.operator === 'Add' && source.inputs.every(({ shape }) => sameShape(shape, value.shape))) {
      const [x, y] = source.inputs.map((input) => this.#rows(input));
      const out = this.#store(value);
      this.#step(addStep(x!, y!, out, out), source.inputs, out);
    } else this.#operation(value, source);
  }

  #operation(value: Value, source: Extract<Value['source'], { kind: 'node' }>): void {
    const name = source.operator.startsWith(`${domain}::`) ? source.operator.slice(domain.length + 2) : '';
    const operation = operations.get(name);
    if (operation === undefined) this.#refuse(value, source.operator);
    const { inputs } = source;
    const out = this.#store(value);
    const weight = (i: number, layout: WeightLayout): number => this.#weight(inputs[i]!, layout);
    const placed: Placed = {
      shapes: inputs.map(({ shape }) => shape),
      attributes: source.attributes,
      out,
      rows: (i) => this.#rows(inputs[i]!),
      matrix: (i) => weight(i, 'matrix'),
      vector: (i) => weight(i, 'vector'),
      table: (i, by) => {
        if (by !== undefined) this.#limit(inputs[by]!, inputs[i]!);
        return weight(i, 'table');
      },
      words: (i) => this.#words(inputs[i]!).at,
    };
    this.#step(operation.step(placed), inputs, out);
  }

  /** Appends a step; to the last phase if it reads nothing that is written there. */
  #step(step: Step, inputs: readonly Value[], out: Stored): void {
    const buffers = inputs.flatMap((input) => this.#stored.get(input)?.buffer ?? []);
    if (this.#phases.length === 0 || buffers.some((buffer) => this.#written.has(buffer))) {
      // What the phase before was the last to read is free from here on.
      for (const { at, bytes } of this.#read) this.#memory.give(at, bytes);
      this.#phases.push([]);
      this.#written = new Set();
      this.#read = [];
    }
    this.#phases.at(-1)!.push(step);
    this.#scratch = Math.max(this.#scratch, step.scratch ?? 0);
    this.#written.add(out.buffer);
    for (const input of inputs) this.#wasRead(input);
  }

  #wasRead(value: Value): void {
    const buffer = this.#stored.get(value)?.buffer;
    if (buffer !== undefined && --buffer.readers === 0) this.#read.push(buffer);
  }

  /** The same numbers in another shape. */
  #alias(value: Value, of: Value): void {
    const stored = this.#place(of);
    this.#stored.set(value, stored);
    stored.buffer.readers += this.#readers.get(value)! - 1;
  }

  /** A part of one axis, with all of the others. */
  #slice(value: Value, [x, starts, , axes, strides]: readonly Value[]): void {
    const axis = Number(constantValues(axes!)[0]);
    const begin = Number(constantValues(starts!)[0]);
    const plain = constantValues(axes!).length === 1 && Number(constantValues(strides!)[0]) === 1;
    const from = this.#rows(x!);
    const out = this.#store(value);
    const { shape } = x!;
    const count = value.shape[axis]!;
    const outer = sizeOf(shape.slice(0, axis));
    const between = sizeOf(shape.slice(axis + 1, -1));
    const bytes = 4 * (shape.at(-1) ?? 1);
    if (plain && axis === shape.length - 1) {
      const part = { at: from.at + 4 * begin, stride: from.stride };
      this.#step(copyStep(part, out, out.rows, 4 * count), [x!], out);
    } else if (plain && outer === 1) {
      const part = { at: from.at + begin * between * from.stride, stride: from.stride };
      this.#step(copyStep(part, out, out.rows, bytes), [x!], out);
    } else if (plain && between === 1 && count === 1) {
      const part = { at: from.at + begin * from.stride, stride: shape[axis]! * from.stride };
      this.#step(copyStep(part, out, outer, bytes), [x!], out);
    } else this.#refuse(value, 'Slice');
  }

  /** Memory for a value's rows. */
  #store(value: Value): Stored {
    if (value.dtype !== 'float32') this.#refuse(value, `a result of ${value.dtype}`);
    const size = value.shape.at(-1) ?? 1;
    const rows = sizeOf(value.shape) / size;
    const bytes = rows * strideOf(size);
    const buffer: Buffer = { at: this.#memory.take(bytes), bytes, readers: this.#readers.get(value)! };
    const stored = { at: buffer.at, stride: strideOf(size), rows, size, buffer };
    this.#stored.set(value, stored);
    return stored;
  }

  #place(value: Value): Stored {
    const stored = this.#stored.get(value);
    if (stored === undefined) this.#refuse(value, `with an ${value.source.kind} as rows`);
    return stored;
  }

  /** A value as rows of its last axis. */
  #rows(value: Value): Rows {
    const stored = this.#place(value);
    if (stored.size !== (value.shape.at(-1) ?? 1)) this.#refuse(value, 'another last axis');
    return stored;
  }

  #weight(value: Value, layout: WeightLayout): number {
    if (value.source.kind !== 'input') this.#refuse(value, 'computed weights');
    const { name } = value.source;
    this.weights.add(name, value.shape, layout);
    return this.weights.at(name, layout);
  }

  /** An input of whole numbers. */
  #words(value: Value): WordInput {
    const input = value.source.kind === 'input' && this.#inputs.get(value.source.name);
    return input || this.#refuse(value, 'computed indices');
  }

  #limit(words: Value, table: Value): void {
    const { at, limit } = this.#words(words);
    const [rows = 0] = table.shape;
    if (words.source.kind !== 'input' || table.source.kind !== 'input' || rows >= limit) return;
    this.#inputs.set(words.source.name, { at, limit: rows, table: table.source.name });
  }

  #refuse(value: Value, what: string): never {
    throw new TraceError(
      `no kernel of the resident runtime computes ${what} (${value.dtype}[${value.shape}]): ` +
        'compile the function for ONNX Runtime',
    );
  }
}
