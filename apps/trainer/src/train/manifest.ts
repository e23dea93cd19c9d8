import { serializeConfig, type EncoderConfig, type Head } from '@diffprune/bert';
import type { Evaluation } from '@diffprune/evaluators';
import { createManifest, type Manifest, type Properties } from '@diffprune/sparse-diff';
import { describeOptions } from '@diffprune/training';
import type { StoredBase } from '@diffprune/inference/node';
import type { RunConfig } from '../settings/run-config.ts';
import { optionsIn } from '../settings/settings.ts';
import type { RunTask } from '../tasks/run-task.ts';
import { version } from '../version.ts';

/**
 * What a diff file says of itself. It holds nothing that differs between equal runs: no paths, no clock, no thread
 * count.
 *
 * @param model what was trained: the base, with the method's adapters
 * @param density fraction of the base's parameters that the diff changes
 * @param evaluations of the base with the diff as it is stored, by split
 */
export function describeDiff(
  run: Pick<RunConfig, 'settings' | 'fingerprints'>,
  { config, fingerprint, parameters, tokenizerFingerprint }: Omit<StoredBase, 'tensors'>,
  { adapters }: EncoderConfig,
  task: RunTask,
  head: Head,
  density: number,
  evaluations: Readonly<Record<string, Evaluation>>,
): Manifest {
  return createManifest({
    base: { fingerprint, parameters, architecture: serializeConfig(config) as Properties },
    task: task.name,
    labels: task.labels,
    head: head.kind,
    adapters,
    method: run.settings.method,
    density,
    tokenizer: tokenizerFingerprint,
    texts: task.texts,
    metrics: flatMetrics(evaluations),
    hyperparameters: hyperparameters(run, task),
    producers: { '@diffprune/trainer': version },
  });
}

/** `dev/accuracy` and so on. */
function flatMetrics(evaluations: Readonly<Record<string, Evaluation>>): Properties {
  return Object.fromEntries(
    Object.entries(evaluations).flatMap(([split, { scores }]) =>
      Object.entries(scores).map(([metric, value]) => [`${split}/${metric}`, value]),
    ),
  );
}

/** How the diff was trained, as far as the manifest has no field of its own for it. */
function hyperparameters(
  { settings, fingerprints }: Pick<RunConfig, 'settings' | 'fingerprints'>,
  task: RunTask,
): Properties {
  const { density: _, ...options } = describeOptions(settings.method, optionsIn(settings));
  const { teacher } = fingerprints;
  const ofTask = Object.keys(task.options).flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(ofTask),
    ...task.properties,
    ...options,
    ...(teacher !== undefined && { teacher }),
    ...(settings.keep === 'best' && { keep: settings.keep }),
    ...(settings.patience !== undefined && { patience: settings.patience }),
  };
}
