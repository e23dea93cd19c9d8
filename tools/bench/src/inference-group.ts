import {
  initializeParameters,
  predictFunction,
  predictInputs,
  programParameters,
  type BertConfig,
} from '@diffprune/bert';
import { createEngine, createResidentEngine, Overlay, type TensorData } from '@diffprune/engine';
import type { Effort, GroupResult } from './group.ts';
import { randomDiff } from './random-diff.ts';
import { digits, megabytes, progress, range } from './report.ts';
import { miniLm, sizes } from './shapes.ts';
import { measured, ratio } from './statistics.ts';
import { takeTurns } from './take-turns.ts';

const models: Readonly<Record<string, BertConfig>> = { minilm: miniLm, base: sizes.base.config };
const head = { kind: 'classification', labels: 2 } as const;
/** Rows and tokens of a batch. */
const batches = [
  [1, 16],
  [1, 128],
  [8, 16],
  [8, 128],
] as const;

async function timed(work: () => Promise<unknown> | void): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** One model: predictions on our own kernels and on ONNX Runtime, and switches of a task. */
async function measure(name: string, { quick, threads }: Effort) {
  const config = models[name]!;
  const parameters = initializeParameters(programParameters(config, head), config, 1);
  const engine = await createResidentEngine({ threads });
  const onnx = await createEngine('cpu', { threads });
  const fn = predictFunction(config, head);
  const rows = [];
  for (const [batch, length] of quick ? batches.slice(0, 2) : batches) {
    progress(`inference: ${name}, ${batch} × ${length}`);
    const specs = predictInputs(config, head, { batch, length });
    const words = (of: number): Int32Array => new Int32Array(batch * length).fill(of);
    const tokens: Record<string, TensorData> = {
      input_ids: words(0).map((_, i) => (i * 7919) % config.vocabSize),
      token_type_ids: words(0),
      attention_mask: words(1),
    };
    const own = await engine.compile(fn, specs);
    for (const [weight, values] of parameters) engine.weights.write(weight, values);
    const other = await onnx.compile(fn, specs);
    const all = { ...Object.fromEntries(parameters), ...tokens };
    for (let i = 0; i < 3; i++) await Promise.all([own.run(tokens), other.run(all)]);
    const times = await takeTurns(
      { own: () => timed(() => own.run(tokens)), onnx: () => timed(() => other.run(all)) },
      quick ? 5 : 15,
    );
    await other.dispose();
    rows.push({ batch, length, ...times });
  }
  const tensors = randomDiff(programParameters(config, head).filter((each) => each.kind !== 'head'));
  const entries = tensors.reduce((sum, { positions }) => sum + positions.length, 0);
  const overlay = await Overlay.create(
    engine.weights,
    tensors.map(({ name, positions, values }) => ({
      ...{ name, positions },
      after: (before) => before.map((x, i) => x + values[i]!),
    })),
  );
  const { switches } = await takeTurns({ switches: () => timed(() => overlay.toggle()) }, quick ? 10 : 40);
  const memory = { all: engine.memory.taken, task: overlay.bytes };
  engine.dispose();
  return { name, rows, entries, switches, memory };
}

/** Predictions on kernels of our own beside ONNX Runtime, in Node, and what a switch of tasks takes. */
export async function inferenceGroup(effort: Effort): Promise<GroupResult[]> {
  const all = [];
  for (const name of Object.keys(models)) all.push(await measure(name, effort));
  const table = [
    ['model', 'rows × tokens', 'own kernels ms', 'ONNX Runtime ms', 'ratio'],
    ...all.flatMap(({ name, rows }) =>
      rows.map(({ batch, length, own, onnx }) => [
        ...[name, `${batch} × ${length}`],
        ...[range(measured(own)), range(measured(onnx)), range(ratio(own, onnx))],
      ]),
    ),
  ];
  const switching = [
    ['model', 'changed entries', 'switch ms', 'memory of all MB', 'of the task MB'],
    ...all.map(({ name, entries, switches, memory }) => [
      ...[name, String(entries), digits(measured(switches).median)],
      ...[megabytes(memory.all), megabytes(memory.task)],
    ]),
  ];
  const figures = Object.fromEntries(
    all.map(({ name, switches }) => [`switch-ms/${name}`, measured(switches).median]),
  );
  return [
    { title: 'inference: our own kernels beside ONNX Runtime, in Node', table, details: all, figures: {} },
    { title: 'inference: putting a task on, or taking it off', table: switching, details: figures, figures },
  ];
}
