/* ONNX files, written node by node. */
export { Graph, type Attribute, type ElementType, type Value } from './graph.ts';
export { writeModel, type Model, type ModelOptions } from './onnx-model.ts';
