import { createResidentEngine, type ResidentEngine, type TensorData } from '@diffprune/engine';
import { createAdapters } from './adapters.ts';
import type { EncoderConfig } from './architecture.ts';
import { parseConfig } from './architectures.ts';
import { programParameters, type Head } from './heads.ts';
import { initializeParameters } from './initialize.ts';
import { predictFunction, predictInputs } from './program.ts';

/** A model of random weights, and a batch of random tokens. */
export interface Case {
  /** Of `config.json`, beside what the small model has. */
  readonly more?: object;
  readonly adapters?: boolean;
  readonly head: Head;
  readonly batch: number;
  readonly length: number;
}

export function smallConfig(more: object = {}): EncoderConfig {
  return parseConfig({
    ...{ vocab_size: 50, hidden_size: 20, num_hidden_layers: 2, num_attention_heads: 2 },
    ...{ intermediate_size: 44, max_position_embeddings: 40, type_vocab_size: 2, ...more },
  });
}

/** What a case gives to engines. */
export function prepare({ more, adapters, head, batch, length }: Case) {
  const config = {
    ...smallConfig(more),
    adapters: adapters ? createAdapters('houlsby', 6, 'gelu_new') : undefined,
  };
  const parameters = initializeParameters(programParameters(config, head), { initializerRange: 0.4 }, 5);
  const fill = (of: (i: number) => number) => Int32Array.from({ length: batch * length }, (_, i) => of(i));
  const tokens: Record<string, TensorData> = {
    input_ids: fill((i) => (7 * i + 3) % 50),
    token_type_ids: fill((i) => (i % length > length / 2 && config.typeVocabSize > 1 ? 1 : 0)),
    attention_mask: fill((i) => +(i % length < length - (Math.floor(i / length) % length))), // the first is all tokens
  };
  const specs = predictInputs(config, head, { batch, length });
  return { specs, parameters, tokens, fn: predictFunction(config, head) };
}

const engines = new Map<string, Promise<ResidentEngine>>();

/** Outputs of a case on kernels of our own. */
export async function residentOutputs(
  { specs, parameters, tokens, fn }: ReturnType<typeof prepare>,
  options: NonNullable<Parameters<typeof createResidentEngine>[0]> = {},
): Promise<Record<string, TensorData>> {
  const key = JSON.stringify(options);
  const made = engines.get(key) ?? createResidentEngine(options);
  engines.set(key, made);
  const engine = await made;
  const program = await engine.compile(fn, specs);
  for (const [name, values] of parameters) engine.weights.write(name, values);
  const outputs = await program.run(tokens);
  await program.dispose();
  for (const name of engine.weights.names) engine.weights.remove(name);
  return outputs;
}

/** For a page: outputs as JSON can say them. */
export async function outputsOf(
  given: Case,
  ...options: NonNullable<Parameters<typeof createResidentEngine>[0]>[]
): Promise<Record<string, number[]>[]> {
  const found: Record<string, number[]>[] = [];
  for (const each of options) {
    const outputs = Object.entries(await residentOutputs(prepare(given), each));
    found.push(Object.fromEntries(outputs.map(([name, values]) => [name, Array.from(values)])));
  }
  return found;
}
