import { initializeParameters, type ParameterSpec } from '@diffprune/bert';
import {
  byModule,
  distance,
  randomDistance,
  type Distance,
  type RandomDistance,
} from '@diffprune/evaluators';
import type { PretrainedBase } from '@diffprune/inference/node';
import { applyDiff, createManifest, type Base, type DiffTensor } from '@diffprune/sparse-diff';

/** How far a diff moves a matrix of the encoder. */
export interface MatrixMove extends Distance {
  readonly layer: number;
  readonly module: string;
}

/** How far apart two models are in each matrix, one of them initialised at random. */
export interface RandomMoves {
  /** Between two of BERT's own initialisations. */
  readonly between: readonly MatrixMove[];
  /** Between one of them and the base. */
  readonly fromBase: readonly MatrixMove[];
  /** An entry's mean distance where the initialisation is uniform within ±1/√H, over all of these matrices. */
  readonly uniform: RandomDistance;
}

/** How far a diff moves each matrix (Radiya-Dixit and Wang 2020, figure 2). */
export function moveOfMatrices(
  matrices: readonly ParameterSpec[],
  changes: readonly DiffTensor[],
  { tensors }: PretrainedBase,
): MatrixMove[] {
  const byName = new Map(changes.map((change) => [change.name, change]));
  return matrices.map((spec) => {
    const { shape, data } = tensors.get(spec.name)!;
    const change = byName.get(spec.name);
    return move(spec, data, change === undefined ? data : changedValues(shape, data, change));
  });
}

/** What the distances of a diff are small against (Radiya-Dixit and Wang 2020, table 2), of the base's attention. */
export function randomMoves(
  { config, tensors }: PretrainedBase,
  matrices: readonly ParameterSpec[],
): RandomMoves {
  const square = matrices.filter(({ shape: [outputs, inputs] }) => outputs === inputs);
  const bound = 1 / Math.sqrt(config.hiddenSize);
  const drawn = square.map((spec) => {
    const [one, other] = [1, 2].map((seed) => initializeParameters([spec], config, seed).get(spec.name)!);
    const { data } = tensors.get(spec.name)!;
    return {
      between: move(spec, one!, other!),
      fromBase: move(spec, one!, data),
      uniform: randomDistance(data, bound),
    };
  });
  const mean = drawn.reduce((sum, { uniform }) => sum + uniform.fromUniform / drawn.length, 0);
  return {
    between: drawn.map(({ between }) => between),
    fromBase: drawn.map(({ fromBase }) => fromBase),
    uniform: { betweenUniform: (2 / 3) * bound, fromUniform: mean },
  };
}

function move(spec: ParameterSpec, one: Float32Array, other: Float32Array): MatrixMove {
  return { layer: spec.layer!, module: byModule(spec), ...distance(one, other, spec.shape) };
}

/** What a change makes of a tensor; the tensor itself stays as it is. */
function changedValues(shape: readonly number[], before: Float32Array, change: DiffTensor): Float32Array {
  const data = before.slice();
  const alone: Base = new Map([[change.name, { shape, data }]]);
  const fingerprint = '0'.repeat(64); // of the one tensor nobody asks
  const manifest = createManifest({ base: { fingerprint, parameters: data.length } });
  applyDiff(alone, { manifest, tensors: [change] }, fingerprint);
  return data;
}
