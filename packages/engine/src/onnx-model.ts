import { TraceError } from './errors.ts';
import { onnx } from './generated/onnx.js';
import { type Attribute, type ConstantData, constantValues, elementCodes, type Value } from './graph.ts';
import type { TensorSpec } from './program.ts';
import { sizeOf } from './tensors.ts';

const { AttributeType } = onnx.AttributeProto;

/** The standard operators' version (https://onnx.ai/onnx/operators/), and the format's that goes with it. */
const operatorSet = 20;
const irVersion = 9;
/** Protocol buffers cannot hold more. */
const maximumBytes = 2 ** 31 - 1;
/** A constant of equal elements is stored in full up to this size, and made by the runtime beyond. */
const storedUniformSize = 16;

/** An ONNX model. */
export interface Model {
  readonly bytes: Uint8Array;
  /** The inputs that it has: those of the function that are used, by the function's names. */
  readonly inputs: Readonly<Record<string, TensorSpec>>;
}

/** How a model is written. */
export interface ModelOptions {
  /** The name of an empty sequence that comes before its outputs; none where absent. */
  readonly sequence?: string | undefined;
  /** What an input is called in the model. */
  readonly nameInput?: (name: string) => string;
}

/** The name that input `name` of a function has inside its model, unless said: no output's and no constant's. */
export const inputName = (name: string): string => `input/${name}`;

/**
 * Writes what the outputs need of a graph as an ONNX model. An axis of -1 is of any size.
 *
 * @param outputs different values by their names in the model, each the result of a node, none without elements
 * @throws TraceError if the constants are too large for the format
 */
export function writeModel(
  outputs: Readonly<Record<string, Value>>,
  { sequence, nameInput = inputName }: ModelOptions = {},
): Model {
  const names = new Map(Object.entries(outputs).map(([name, value]) => [value, name]));
  const nameOf = ({ id }: Value) => `t${id}`;
  const graph = {
    name: 'program',
    node: [] as onnx.NodeProto.$Properties[],
    initializer: [] as onnx.TensorProto.$Properties[],
    input: [] as onnx.ValueInfoProto.$Properties[],
    output: Object.entries(outputs).map(([name, value]) => valueInfo(name, value)),
  };
  if (sequence !== undefined) {
    const elemType = { tensorType: { elemType: elementCodes.float32 } };
    graph.node.push({ name: sequence, opType: 'SequenceEmpty', output: [sequence] });
    graph.output.unshift({ name: sequence, type: { sequenceType: { elemType } } });
  }
  const inputs: Record<string, TensorSpec> = {};
  for (const value of reachable(Object.values(outputs))) {
    const { source } = value;
    if (source.kind === 'input') {
      names.set(value, nameInput(source.name));
      inputs[source.name] = value as TensorSpec;
      graph.input.push(valueInfo(nameInput(source.name), value));
    } else if (source.kind === 'node') {
      graph.node.push(node(value, source, (each) => names.get(each) ?? nameOf(each)));
    } else if (typeof source.data !== 'number' || sizeOf(value.shape) <= storedUniformSize) {
      graph.initializer.push(tensor(nameOf(value), value, constantValues(value)));
    } else {
      const [one, shape] = [{ ...value, shape: [] }, `${nameOf(value)}/shape`];
      const dims = { shape: [value.shape.length], dtype: 'int64' } as const;
      graph.initializer.push(
        tensor(`${nameOf(value)}/value`, one, constantValues(one)),
        tensor(shape, dims, BigInt64Array.from(value.shape, BigInt)),
      );
      const input = [`${nameOf(value)}/value`, shape];
      graph.node.push({ name: `Expand/${value.id}`, opType: 'Expand', input, output: [nameOf(value)] });
    }
  }
  const size = graph.initializer.reduce((sum, { rawData }) => sum + (rawData?.length ?? 0), 0);
  if (size > maximumBytes) {
    throw new TraceError(`the function's constants take ${size} bytes, more than 2 GiB; pass them as inputs`);
  }
  const opsetImport = [
    { domain: '', version: operatorSet },
    { domain: 'com.microsoft', version: 1 },
  ];
  const model = { irVersion, producerName: 'diffprune', opsetImport, graph };
  return { bytes: onnx.ModelProto.encode(model).finish(), inputs };
}

/** The values and all that they depend on, each after those that it depends on. */
function reachable(values: readonly Value[]): Value[] {
  const found = new Set<Value>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (found.has(value)) continue;
    found.add(value);
    if (value.source.kind === 'node') open.push(...value.source.inputs);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

type Source<Kind> = Extract<Value['source'], { kind: Kind }>;

function node(
  value: Value,
  { operator, inputs, attributes }: Source<'node'>,
  nameOf: (value: Value) => string,
): onnx.NodeProto.$Properties {
  const [opType = '', domain = ''] = operator.split('::').reverse();
  return {
    name: `${opType}/${value.id}`,
    opType,
    domain,
    input: inputs.map(nameOf),
    output: [nameOf(value)],
    attribute: Object.entries(attributes).map((entry) => attribute(...entry)),
  };
}

type Typed = Pick<Value, 'shape' | 'dtype'>;

function valueInfo(name: string, { shape, dtype }: Typed): onnx.ValueInfoProto.$Properties {
  const dim = shape.map((axis) => (axis < 0 ? {} : { dimValue: axis }));
  return { name, type: { tensorType: { elemType: elementCodes[dtype], shape: { dim } } } };
}

function attribute(name: string, value: Attribute): onnx.AttributeProto.$Properties {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string')
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

function tensor(name: string, { shape, dtype }: Typed, data: ConstantData): onnx.TensorProto.$Properties {
  // Typed arrays are little-endian, as the format wants it, on every machine that the runtimes are built for.
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: [...shape], dataType: elementCodes[dtype], rawData };
}
