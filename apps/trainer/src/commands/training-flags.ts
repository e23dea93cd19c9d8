import type { Settings } from '../settings/settings.ts';

/** A setting of the training that the command line takes as a number, and in whose method it has a meaning. */
export interface TrainingFlag {
  readonly name: keyof Settings;
  readonly argument: string;
  readonly help: string;
  /** The default as `--help` shows it. */
  readonly shown?: string;
  readonly group: 'Training:' | 'Diff pruning:';
  /** Only methods with gates, or only those that prune, heed it. */
  readonly heededBy?: 'gates' | 'pruned';
}

/** The training's own options, those that are numbers. */
export const trainingFlags: readonly TrainingFlag[] = [
  training('epochs', 'number', 'epochs of the first stage', '3'),
  training('batchSize', 'rows', 'examples in a batch', '32; less for small data'),
  training('maxLength', 'tokens', 'longest input; longer texts are cut', '128'),
  training('learningRate', 'rate', 'peak rate of the first stage', 'by method and size of the base'),
  training('warmup', 'fraction', 'part of the steps in which the rates rise', '0.1'),
  training('weightDecay', 'rate', "AdamW's; biases and LayerNorm are spared", '0'),
  training('maxGradientNorm', 'norm', 'longer gradients are cut down to it', '1'),
  training('maxSteps', 'steps', 'most steps of each stage'),
  training('seed', 'number', 'for the head, the order, dropout and gates', '42'),
  pruning('density', 'fraction', 'part of the base that the diff changes', 'pruned', '0.005'),
  pruning(
    'fixedMaskEpochs',
    'number',
    'epochs after the projection',
    'pruned',
    '3; 5 for mrpc, stsb and rte',
  ),
  pruning(
    'fixedMaskLearningRate',
    'rate',
    'peak rate after the projection',
    'pruned',
    'by method and size of the base',
  ),
  pruning(
    'alphaLearningRate',
    'rate',
    "peak rate of the gates' log-odds",
    'gates',
    'by the length of the stage; 0.1 with --l0-penalty',
  ),
  pruning('l0Penalty', 'lambda', 'price of an expected nonzero', 'gates', 'steered towards --density'),
  pruning('initialLogOdds', 'alpha', 'log-odds that gates start with', 'gates', '5'),
];

function training(name: keyof Settings, argument: string, help: string, shown?: string): TrainingFlag {
  return { name, argument, help, group: 'Training:', ...(shown !== undefined && { shown }) };
}

function pruning(
  name: keyof Settings,
  argument: string,
  help: string,
  heededBy: 'gates' | 'pruned',
  shown: string,
): TrainingFlag {
  return { name, argument, help, group: 'Diff pruning:', heededBy, shown };
}
