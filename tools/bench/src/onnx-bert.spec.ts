import {
  bert,
  encode,
  initializeParameters,
  predictFunction,
  predictInputs,
  programParameters,
} from '@diffprune/bert';
import { createEngine, type TensorData } from '@diffprune/engine';
import { InferenceSession, Tensor } from '@diffprune/onnxruntime';
import { onnxBert } from './onnx-bert.ts';

const config = bert.parseConfig({
  ...{ model_type: 'bert', hidden_act: 'gelu', vocab_size: 50, type_vocab_size: 2 },
  ...{ max_position_embeddings: 12, num_hidden_layers: 2, hidden_size: 24, num_attention_heads: 3 },
  intermediate_size: 40,
});
const head = { kind: 'classification', labels: 3 } as const;
const shape = { batch: 2, length: 7 };
const parameters = initializeParameters(programParameters(config, head), { initializerRange: 0.3 }, 1);
for (const values of parameters.values()) values.forEach((x, i) => (values[i] = x + Math.sin(i) / 10));
const words = (of: (i: number) => number): Int32Array => Int32Array.from({ length: 14 }, (_, i) => of(i));
const tokens = {
  input_ids: words((i) => (i * 7) % 50),
  token_type_ids: words((i) => (i % 7 > 4 ? 1 : 0)),
  attention_mask: words((i) => (i < 11 ? 1 : 0)),
};

it.each([undefined, head.labels])('is the model, labels: %s', async (labels) => {
  const engine = await createEngine('cpu', { threads: 1 });
  const program = await engine.compile(
    labels
      ? predictFunction(config, head)
      : (inputs) => ({ last_hidden_state: encode(inputs, inputs, config, {}) }),
    predictInputs(config, head, shape),
  );
  const expected = await program.run({ ...Object.fromEntries(parameters), ...tokens });
  await program.dispose();

  const session = await InferenceSession.create(onnxBert(config, (name) => parameters.get(name)!, labels));
  const feeds = Object.entries(tokens).map(([name, values]) => {
    return [name, new Tensor('int64', BigInt64Array.from(values, BigInt), [2, 7])] as const;
  });
  const found = await session.run(Object.fromEntries(feeds));
  await session.release();
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    const data = found[name]!.data as TensorData;
    expect(data.length).toBe(values.length);
    values.forEach((value, i) => expect(data[i]).toBeCloseTo(value, 4));
  }
});
